#include "mind/rules_internal.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* English. Rules are tried in order, and the first that finds its value is the one: longer ones stand before those that
 * they begin with. */

#define RULE_WITH(words, taken, kind, fills, told, certainty, ...)                                 \
    {                                                                                              \
        .pattern = (words), .value = VALUE_##taken, .type = EXTRACTION_##kind, .slot = (fills),    \
        .content = (told), .confidence = (certainty), __VA_ARGS__                                  \
    }
#define RULE(words, taken, kind, fills, told, certainty)                                           \
    RULE_WITH(words, taken, kind, fills, told, certainty, .key = KEY_NONE)

static const struct extract_rule english_first[] = {
    RULE("my ?full|first|real name is", NAME, FACT, "name", "{s} is called {v}", 0.95),
    RULE("my ?full|first|real name's", NAME, FACT, "name", "{s} is called {v}", 0.95),
    RULE_WITH("i'm|im", NAME, FACT, "name", "{s} is called {v}", 0.85, .needs_greeting = true),
    RULE_WITH("i am", NAME, FACT, "name", "{s} is called {v}", 0.85, .needs_greeting = true),
    RULE("?please|just call me", NAME, PREFERENCE, "nickname", "{s} wants to be called {v}", 0.85),
    RULE("you can|may call me", NAME, PREFERENCE, "nickname", "{s} wants to be called {v}", 0.9),
    RULE("everyone|everybody|friends|people|they ?all call|calls me", NAME, PREFERENCE, "nickname",
         "{s} wants to be called {v}", 0.85),
    RULE("my friends call me", NAME, PREFERENCE, "nickname", "{s} wants to be called {v}", 0.85),
    RULE("i go by", NAME, PREFERENCE, "nickname", "{s} wants to be called {v}", 0.9),
    RULE("my pronouns are", TEXT, PREFERENCE, "pronouns", "{s} uses the pronouns {v}", 0.95),
    RULE("i|we live ?over ?down ?up in", PLACE, FACT, "home_town", "{s} lives in {v}", 0.92),
    RULE("i'm|im|we're living in", PLACE, FACT, "home_town", "{s} lives in {v}", 0.9),
    RULE("i|we am|are living in", PLACE, FACT, "home_town", "{s} lives in {v}", 0.9),
    RULE("i'm|im|we're based|located in", PLACE, FACT, "home_town", "{s} lives in {v}", 0.88),
    RULE("i|we am|are based|located in", PLACE, FACT, "home_town", "{s} lives in {v}", 0.88),
    RULE("i|we reside in", PLACE, FACT, "home_town", "{s} lives in {v}", 0.9),
    RULE("i've|ive|we've moved|relocated ?back ?over ?here to", PLACE, FACT, "home_town",
         "{s} lives in {v}", 0.88),
    RULE("i|we ?have moved|relocated ?back ?over ?here to", PLACE, FACT, "home_town",
         "{s} lives in {v}", 0.88),
    RULE("my home|house|flat|apartment is in", PLACE, FACT, "home_town", "{s} lives in {v}", 0.85),
    RULE("i'm|im|we're ?originally from", PLACE, FACT, "origin", "{s} is from {v}", 0.9),
    RULE("i|we am|are ?originally from", PLACE, FACT, "origin", "{s} is from {v}", 0.9),
    RULE("i come from", PLACE, FACT, "origin", "{s} is from {v}", 0.88),
    RULE("my hometown is", PLACE, FACT, "origin", "{s} is from {v}", 0.9),
    RULE("my home town is", PLACE, FACT, "origin", "{s} is from {v}", 0.9),
    RULE("i was born in", PLACE, FACT, "birthplace", "{s} was born in {v}", 0.9),
    RULE("i was born ?and ?raised in", PLACE, FACT, "birthplace", "{s} was born in {v}", 0.9),
    RULE("i was born on", DATE, FACT, "birthday", "{s} was born on {v}", 0.95),
    RULE("i was born in", DATE, FACT, "birth_year", "{s} was born in {v}", 0.9),
    RULE("i grew up in|near", PLACE, FACT, NULL, "{s} grew up in {v}", 0.88),
    RULE("i|we work over|at|for", ORG, FACT, "employer", "{s} works for {v}", 0.9),
    RULE("i'm|im|we're working|employed at|for|by", ORG, FACT, "employer", "{s} works for {v}",
         0.88),
    RULE("i|we am|are working|employed at|for|by", ORG, FACT, "employer", "{s} works for {v}",
         0.88),
    RULE("i've|ive|we've joined", ORG, FACT, "employer", "{s} works for {v}", 0.75),
    RULE("i|we ?have joined", ORG, FACT, "employer", "{s} works for {v}", 0.75),
    RULE("i've|ive|we've started ?working ?work at|for|with", ORG, FACT, "employer",
         "{s} works for {v}", 0.85),
    RULE("i|we ?have started ?working ?work at|for|with", ORG, FACT, "employer",
         "{s} works for {v}", 0.85),
    RULE("i've|ive|we've got|accepted|landed|took a|the ?new job|position|offer|role at|with|from",
         ORG, FACT, "employer", "{s} works for {v}", 0.85),
    RULE("i|we ?have got|accepted|landed|took a|the ?new job|position|offer|role at|with|from", ORG,
         FACT, "employer", "{s} works for {v}", 0.85),
    RULE("i ?have got hired by|at", ORG, FACT, "employer", "{s} works for {v}", 0.85),
    RULE("my ?new ?current employer|company is", ORG, FACT, "employer", "{s} works for {v}", 0.9),
    RULE("i work as", TITLE, FACT, "occupation", "{s} works as {v}", 0.9),
    RULE("i'm|im|we're working|employed as", TITLE, FACT, "occupation", "{s} works as {v}", 0.88),
    RULE("i|we am|are working|employed as", TITLE, FACT, "occupation", "{s} works as {v}", 0.88),
    RULE("my ?day job|profession|occupation is", TITLE, FACT, "occupation", "{s} works as {v}",
         0.8),
    RULE("i'm|im|we're a|an|the", JOB, FACT, "occupation", "{s} works as {v}", 0.85),
    RULE("i|we am|are a|an|the", JOB, FACT, "occupation", "{s} works as {v}", 0.85),
    RULE("i've|ive|we've got|been|was promoted to", TITLE, FACT, "occupation", "{s} works as {v}",
         0.85),
    RULE("i|we ?have got|been|was promoted to", TITLE, FACT, "occupation", "{s} works as {v}",
         0.85),
    RULE("i've|ive|we've become|became a|an", JOB, FACT, "occupation", "{s} works as {v}", 0.85),
    RULE("i|we ?have become|became a|an", JOB, FACT, "occupation", "{s} works as {v}", 0.85),
    RULE("i work in", THING, FACT, NULL, "{s} works in {v}", 0.75),
    RULE("i|we ?now run|own|manage a|an", THING, FACT, NULL, "{s} runs a {v}", 0.7),
    RULE("i teach", THING, FACT, NULL, "{s} teaches {v}", 0.8),
    RULE("i study|attend at", ORG, FACT, "school", "{s} studies at {v}", 0.88),
    RULE("i attend", ORG, FACT, "school", "{s} studies at {v}", 0.85),
    RULE("i'm|im|we're studying at", ORG, FACT, "school", "{s} studies at {v}", 0.88),
    RULE("i|we am|are studying at", ORG, FACT, "school", "{s} studies at {v}", 0.88),
    RULE("i'm|im|we're a|an ?first ?second ?third ?final ?year ?phd ?grad ?graduate ?masters "
         "student at",
         ORG, FACT, "school", "{s} studies at {v}", 0.9),
    RULE("i|we am|are a|an ?first ?second ?third ?final ?year ?phd ?grad ?graduate ?masters "
         "student at",
         ORG, FACT, "school", "{s} studies at {v}", 0.9),
    RULE("i study", THING, FACT, "field_of_study", "{s} studies {v}", 0.8),
    RULE("i major in", THING, FACT, "field_of_study", "{s} studies {v}", 0.9),
    RULE("i'm|im|we're studying|majoring ?in", THING, FACT, "field_of_study", "{s} studies {v}",
         0.78),
    RULE("i|we am|are studying|majoring ?in", THING, FACT, "field_of_study", "{s} studies {v}",
         0.78),
    RULE("i'm|im|we're", AGE, FACT, "age", "{s} is {v} years old", 0.85),
    RULE("i|we am|are", AGE, FACT, "age", "{s} is {v} years old", 0.85),
    RULE("i ?have ?just turned|turn", AGE, FACT, "age", "{s} is {v} years old", 0.85),
    RULE("my birthday is|falls ?on", DATE, FACT, "birthday", "{s}'s birthday is {v}", 0.95),
    RULE("my birthday's ?on", DATE, FACT, "birthday", "{s}'s birthday is {v}", 0.95),
    RULE_WITH("my ?late ?older ?younger ?little ?big ?best", NAME, FACT, "@",
              "{s}'s {k} is called {v}", 0.92, .key = KEY_KIN, .then = "name is"),
    RULE_WITH("my ?late ?older ?younger ?little ?big ?best", NAME, FACT, "@",
              "{s}'s {k} is called {v}", 0.92, .key = KEY_KIN, .then = "is called|named"),
    RULE_WITH("my ?late ?older ?younger ?little ?big ?best", NAME, FACT, "@",
              "{s}'s {k} is called {v}", 0.85, .key = KEY_KIN, .then = "is"),
    RULE("i'm|im|i ?am married|engaged to", NAME, FACT, "partner", "{s}'s partner is {v}", 0.92),
    RULE("i'm|im|i ?am dating|seeing", NAME, FACT, "partner", "{s}'s partner is {v}", 0.85),
    RULE("i've|ive|we've been living in", PLACE, FACT, "home_town", "{s} lives in {v}", 0.85),
    RULE("i|we ?have been living in", PLACE, FACT, "home_town", "{s} lives in {v}", 0.85),
    RULE("i've|ive|we've lived in", PLACE, FACT, "home_town", "{s} lives in {v}", 0.8),
    RULE("i|we ?have lived in", PLACE, FACT, "home_town", "{s} lives in {v}", 0.8),
    RULE("i ?just|have married", NAME, FACT, "partner", "{s}'s partner is {v}", 0.88),
    RULE_WITH("i|we have|got|adopted ?a|an|two|three ?old ?new ?little ?black ?white ?grey ?rescue",
              NAME, FACT, NULL, "{s} has a {k} called {v}", 0.9, .key = KEY_KIN,
              .then = "called|named"),
    RULE_WITH("i've|we've got|adopted ?a|an ?old ?new ?little ?rescue", NAME, FACT, NULL,
              "{s} has a {k} called {v}", 0.9, .key = KEY_KIN, .then = "called|named"),
    RULE("i|we have ?got", KIN, FACT, NULL, "{s} has {v}", 0.85),
    RULE("i've|we've got", KIN, FACT, NULL, "{s} has {v}", 0.85),
    RULE("my ?work ?private ?new email|e-mail|mail ?address is", ADDRESS, FACT, "email",
         "{s}'s email address is {v}", 0.95),
    RULE("my ?new ?cell ?mobile phone|number ?number is", ADDRESS, FACT, "phone",
         "{s}'s phone number is {v}", 0.9),
    RULE("my timezone|time ?zone is", THING, PREFERENCE, "timezone", "{s}'s time zone is {v}",
         0.95),
    RULE("my native|first language is", ORG, FACT, "native_language",
         "{s}'s native language is {v}", 0.92),
    RULE("my mother tongue is", ORG, FACT, "native_language", "{s}'s native language is {v}", 0.92),
    RULE("i speak ?fluent ?native", ORG, FACT, NULL, "{s} speaks {v}", 0.85),
    RULE_WITH("i'm|im ?severely ?very ?highly ?mildly ?terribly ?deathly allergic to", THING, FACT,
              NULL, "{s} is allergic to {v}", 0.95, .is_weighty = true),
    RULE_WITH("i'm|im ?a|an ?strict ?devout", LISTED, PREFERENCE, "diet", "{s} is {v}", 0.92,
              .values = "vegetarian|vegan|pescatarian|pescetarian|halal|kosher"),
    RULE_WITH("i'm|im lactose|gluten", LISTED, FACT, NULL, "{s} is lactose {v}", 0.95,
              .values = "intolerant|sensitive", .is_weighty = true),
    RULE_WITH("i'm|im ?happily ?newly ?recently", LISTED, FACT, "relationship_status", "{s} is {v}",
              0.85, .values = "single|married|divorced|engaged|widowed"),
    RULE_WITH(
        "i'm|im", LISTED, FACT, NULL, "{s} is {v}", 0.85,
        .values =
            "colorblind|colourblind|deaf|dyslexic|diabetic|pregnant|retired|unemployed|autistic",
        .is_weighty = true),
    RULE_WITH("i'm|im", NONE, FACT, "handedness", "{s} is {k}-handed", 0.85, .key = KEY_WORDS,
              .then = "handed"),
    RULE_WITH("i'm|im not ?really ?a ?big ?huge fan of", THING, PREFERENCE, NULL,
              "{s} does not like {v}", 0.85, .is_negative = true),
    RULE_WITH("i'm|im not ?really ?that ?very into|fond ?of", THING, PREFERENCE, NULL,
              "{s} does not like {v}", 0.8, .is_negative = true),
    RULE("i'm|im ?a ?big ?huge ?massive ?great fan of", THING, PREFERENCE, NULL, "{s} likes {v}",
         0.88),
    RULE("i'm|im ?very ?totally into|obsessed|fond|passionate ?with ?of ?about", THING, PREFERENCE,
         NULL, "{s} likes {v}", 0.82),
    RULE("i'm|im ?scared|afraid|terrified of", THING, FACT, NULL, "{s} is afraid of {v}", 0.85),
    RULE("i'm|im training|preparing|studying for", THING, FACT, NULL, "{s} is preparing for {v}",
         0.75),
    RULE("i'm|im learning ?to ?how ?to", THING, FACT, NULL, "{s} is learning {v}", 0.78),
    RULE_WITH("i am ?severely ?very ?highly ?mildly ?terribly ?deathly allergic to", THING, FACT,
              NULL, "{s} is allergic to {v}", 0.95, .is_weighty = true),
    RULE_WITH("i am ?a|an ?strict ?devout", LISTED, PREFERENCE, "diet", "{s} is {v}", 0.92,
              .values = "vegetarian|vegan|pescatarian|pescetarian|halal|kosher"),
    RULE_WITH("i am lactose|gluten", LISTED, FACT, NULL, "{s} is lactose {v}", 0.95,
              .values = "intolerant|sensitive", .is_weighty = true),
    RULE_WITH("i am ?happily ?newly ?recently", LISTED, FACT, "relationship_status", "{s} is {v}",
              0.85, .values = "single|married|divorced|engaged|widowed"),
    RULE_WITH(
        "i am", LISTED, FACT, NULL, "{s} is {v}", 0.85,
        .values =
            "colorblind|colourblind|deaf|dyslexic|diabetic|pregnant|retired|unemployed|autistic",
        .is_weighty = true),
    RULE_WITH("i am", NONE, FACT, "handedness", "{s} is {k}-handed", 0.85, .key = KEY_WORDS,
              .then = "handed"),
    RULE_WITH("i am not ?really ?a ?big ?huge fan of", THING, PREFERENCE, NULL,
              "{s} does not like {v}", 0.85, .is_negative = true),
    RULE_WITH("i am not ?really ?that ?very into|fond ?of", THING, PREFERENCE, NULL,
              "{s} does not like {v}", 0.8, .is_negative = true),
    RULE("i am ?a ?big ?huge ?massive ?great fan of", THING, PREFERENCE, NULL, "{s} likes {v}",
         0.88),
    RULE("i am ?very ?totally into|obsessed|fond|passionate ?with ?of ?about", THING, PREFERENCE,
         NULL, "{s} likes {v}", 0.82),
    RULE("i am ?scared|afraid|terrified of", THING, FACT, NULL, "{s} is afraid of {v}", 0.85),
    RULE("i am training|preparing|studying for", THING, FACT, NULL, "{s} is preparing for {v}",
         0.75),
    RULE("i am learning ?to ?how ?to", THING, FACT, NULL, "{s} is learning {v}", 0.78),
    RULE_WITH("i've|ive|we've become|became|gone|turned", LISTED, PREFERENCE, "diet", "{s} is {v}",
              0.9, .values = "vegetarian|vegan|pescatarian"),
    RULE_WITH("i|we ?have become|became|gone|turned", LISTED, PREFERENCE, "diet", "{s} is {v}", 0.9,
              .values = "vegetarian|vegan|pescatarian"),
    RULE_WITH("i have a|an ?severe ?bad ?mild ?serious allergy to", THING, FACT, NULL,
              "{s} is allergic to {v}", 0.95, .is_weighty = true),
    RULE_WITH("i have a|an ?severe ?bad ?mild ?serious", NONE, FACT, NULL, "{s} has a {k} allergy",
              0.92, .key = KEY_WORDS, .then = "allergy|intolerance", .is_weighty = true),
    RULE_WITH("i was|got diagnosed with", THING, FACT, NULL, "{s} has been diagnosed with {v}",
              0.92, .is_weighty = true),
    RULE_WITH("i've|ive|we've been diagnosed with", THING, FACT, NULL,
              "{s} has been diagnosed with {v}", 0.92, .is_weighty = true),
    RULE_WITH("i|we ?have been diagnosed with", THING, FACT, NULL,
              "{s} has been diagnosed with {v}", 0.92, .is_weighty = true),
    RULE_WITH("i suffer from", THING, FACT, NULL, "{s} suffers from {v}", 0.88, .is_weighty = true),
    RULE_WITH("i|we don't|dont|never|cannot|can't|cant eat", THING, PREFERENCE, NULL,
              "{s} does not eat {v}", 0.88, .is_negative = true),
    RULE_WITH("i|we don't|dont|never|cannot|can't|cant drink", THING, PREFERENCE, NULL,
              "{s} does not drink {v}", 0.85, .is_negative = true),
    RULE("i|we love", THING, PREFERENCE, NULL, "{s} loves {v}", 0.88),
    RULE("i|we adore", THING, PREFERENCE, NULL, "{s} loves {v}", 0.9),
    RULE("i|we enjoy", THING, PREFERENCE, NULL, "{s} enjoys {v}", 0.86),
    RULE("i|we like", THING, PREFERENCE, NULL, "{s} likes {v}", 0.84),
    RULE("i|we prefer", THING, PREFERENCE, NULL, "{s} prefers {v}", 0.9),
    RULE("i've|ive|we've loved|enjoyed", THING, PREFERENCE, NULL, "{s} likes {v}", 0.8),
    RULE("i|we ?have loved|enjoyed", THING, PREFERENCE, NULL, "{s} likes {v}", 0.8),
    RULE_WITH("i|we hate", THING, PREFERENCE, NULL, "{s} hates {v}", 0.86, .is_negative = true),
    RULE_WITH("i|we dislike", THING, PREFERENCE, NULL, "{s} dislikes {v}", 0.86,
              .is_negative = true),
    RULE_WITH("i|we despise", THING, PREFERENCE, NULL, "{s} hates {v}", 0.86, .is_negative = true),
    RULE_WITH("i|we detest", THING, PREFERENCE, NULL, "{s} hates {v}", 0.86, .is_negative = true),
    RULE_WITH("i|we loathe", THING, PREFERENCE, NULL, "{s} hates {v}", 0.86, .is_negative = true),
    RULE_WITH("i|we can't|cannot|cant stand|bear", THING, PREFERENCE, NULL, "{s} cannot stand {v}",
              0.88, .is_negative = true),
    RULE_WITH("i|we don't|dont like|enjoy|care ?for", THING, PREFERENCE, NULL,
              "{s} does not like {v}", 0.86, .is_negative = true),
    RULE_WITH("i|we do not like|enjoy|care ?for", THING, PREFERENCE, NULL, "{s} does not like {v}",
              0.86, .is_negative = true),
    RULE_WITH("my favorite|favourite|fave", THING, PREFERENCE, "favorite.",
              "{s}'s favorite {k} is {v}", 0.93, .key = KEY_WORDS,
              .then = "is|are|was|has ?got ?to ?be"),
    RULE("i'd|i would rather|prefer ?to ?have", THING, PREFERENCE, NULL, "{s} would rather {v}",
         0.7),
    RULE("i ?can play", THING, FACT, NULL, "{s} plays {v}", 0.82),
    RULE("i collect", THING, FACT, NULL, "{s} collects {v}", 0.85),
    RULE("i drive a|an|my", THING, FACT, "car", "{s} drives {v}", 0.8),
    RULE("i|we own a|an|two|three", THING, FACT, NULL, "{s} owns {v}", 0.8),
    RULE("i volunteer at|for|with", THING, FACT, NULL, "{s} volunteers at {v}", 0.85),
    RULE("i use", ORG, FACT, NULL, "{s} uses {v}", 0.7),
    RULE("i'll|we'll", DEED, COMMITMENT, NULL, "{s} will {v}", 0.82),
    RULE("i|we will|shall", DEED, COMMITMENT, NULL, "{s} will {v}", 0.82),
    RULE("i'm|im|we're going to", DEED, COMMITMENT, NULL, "{s} is going to {v}", 0.82),
    RULE("i|we am|are going to", DEED, COMMITMENT, NULL, "{s} is going to {v}", 0.82),
    RULE("i'm|im|we're gonna", DEED, COMMITMENT, NULL, "{s} is going to {v}", 0.8),
    RULE("i ?hereby promise|promised|swear ?you ?to", DEED, COMMITMENT, NULL, "{s} promised to {v}",
         0.9),
    RULE("i promise|promised|swear ?you ?that i'll", DEED, COMMITMENT, NULL, "{s} promised to {v}",
         0.9),
    RULE("i promise|promised|swear ?you ?that i will", DEED, COMMITMENT, NULL,
         "{s} promised to {v}", 0.9),
    RULE("i|we need|have|got ?got to", DEED, COMMITMENT, NULL, "{s} has to {v}", 0.78),
    RULE("i've|we've got to", DEED, COMMITMENT, NULL, "{s} has to {v}", 0.78),
    RULE("i|we must|gotta", DEED, COMMITMENT, NULL, "{s} has to {v}", 0.78),
    RULE("i|we plan|intend|aim ?on to", DEED, COMMITMENT, NULL, "{s} plans to {v}", 0.82),
    RULE("i'm|im|we're planning|hoping|aiming to", DEED, COMMITMENT, NULL, "{s} plans to {v}",
         0.82),
    RULE("i|we am|are planning to", DEED, COMMITMENT, NULL, "{s} plans to {v}", 0.82),
    RULE("i|we ?have decided|agreed|committed ?myself to", DEED, COMMITMENT, NULL,
         "{s} decided to {v}", 0.88),
    RULE("i've|we've decided|agreed to", DEED, COMMITMENT, NULL, "{s} decided to {v}", 0.88),
    RULE_WITH("let's|lets", DEED, COMMITMENT, NULL, "{s} wants to {v}", 0.65, .needs_date = true),
    RULE_WITH("i'm|im|we're", DEED, COMMITMENT, NULL, "{s} is {v}", 0.8, .values = "ing",
              .needs_date = true),
    RULE_WITH("i am", DEED, COMMITMENT, NULL, "{s} is {v}", 0.8, .values = "ing",
              .needs_date = true),
    RULE_WITH("we are", DEED, COMMITMENT, NULL, "{s} is {v}", 0.8, .values = "ing",
              .needs_date = true),
    RULE_WITH("i|we have", THING, COMMITMENT, NULL, "{s} has {v}", 0.8, .needs_date = true),
    RULE_WITH("i've|we've got", THING, COMMITMENT, NULL, "{s} has {v}", 0.8, .needs_date = true),
    RULE_WITH("my", DATE, EVENT, NULL, "{s}'s {k} is {v}", 0.82, .key = KEY_WORDS,
              .then = "is|are|starts|begins|ends|was|takes ?place ?scheduled ?for",
              .needs_date = true),
    RULE_WITH("i|we ?have ?just got", LISTED, EVENT, NULL, "{s} got {v}", 0.85,
              .values = "married|engaged|divorced|promoted|fired|laid|hired|evicted",
              .is_weighty = true),
    RULE_WITH("i|we ?have ?just quit", THING, EVENT, NULL, "{s} quit {v}", 0.85,
              .is_weighty = true),
    RULE_WITH("i|we ?have ?just graduated from|at|with", THING, EVENT, NULL,
              "{s} graduated from {v}", 0.88, .is_weighty = true),
    RULE_WITH("i've|we've ?just got", LISTED, EVENT, NULL, "{s} got {v}", 0.85,
              .values = "married|engaged|divorced|promoted|fired|laid|hired|evicted",
              .is_weighty = true),
    RULE("i|we ?have ?just bought", THING, EVENT, NULL, "{s} bought {v}", 0.8),
    RULE("i|we ?have ?just adopted", THING, EVENT, NULL, "{s} adopted {v}", 0.8),
    RULE("i|we ?have ?just sold", THING, EVENT, NULL, "{s} sold {v}", 0.8),
};

static const struct extract_rule english_third[] = {
    RULE("lives|live in", PLACE, FACT, "home_town", "{s} lives in {v}", 0.85),
    RULE("is living|based in", PLACE, FACT, "home_town", "{s} lives in {v}", 0.83),
    RULE("?has ?just moved|relocated ?back to", PLACE, FACT, "home_town", "{s} lives in {v}", 0.82),
    RULE("is|comes ?originally from", PLACE, FACT, "origin", "{s} is from {v}", 0.83),
    RULE("was born in", PLACE, FACT, "birthplace", "{s} was born in {v}", 0.85),
    RULE("grew up in", PLACE, FACT, NULL, "{s} grew up in {v}", 0.82),
    RULE("works|work at|for", ORG, FACT, "employer", "{s} works for {v}", 0.85),
    RULE("?has ?just joined", ORG, FACT, "employer", "{s} works for {v}", 0.7),
    RULE("works as", TITLE, FACT, "occupation", "{s} works as {v}", 0.85),
    RULE("is a|an|the", JOB, FACT, "occupation", "{s} works as {v}", 0.82),
    RULE("studies at", ORG, FACT, "school", "{s} studies at {v}", 0.82),
    RULE("studies", THING, FACT, "field_of_study", "{s} studies {v}", 0.72),
    RULE_WITH("is ?severely ?very allergic to", THING, FACT, NULL, "{s} is allergic to {v}", 0.92,
              .is_weighty = true),
    RULE_WITH("is ?a|an", LISTED, PREFERENCE, "diet", "{s} is {v}", 0.85,
              .values = "vegetarian|vegan|pescatarian"),
    RULE("loves|adores", THING, PREFERENCE, NULL, "{s} loves {v}", 0.8),
    RULE("likes|enjoys", THING, PREFERENCE, NULL, "{s} likes {v}", 0.8),
    RULE("prefers", THING, PREFERENCE, NULL, "{s} prefers {v}", 0.85),
    RULE_WITH("hates|dislikes|detests", THING, PREFERENCE, NULL, "{s} hates {v}", 0.82,
              .is_negative = true),
    RULE_WITH("can't|cannot stand", THING, PREFERENCE, NULL, "{s} cannot stand {v}", 0.82,
              .is_negative = true),
    RULE_WITH("doesn't|doesnt like|enjoy", THING, PREFERENCE, NULL, "{s} does not like {v}", 0.8,
              .is_negative = true),
    RULE("is married|engaged to", NAME, FACT, "partner", "{s}'s partner is {v}", 0.85),
    RULE("is", AGE, FACT, "age", "{s} is {v} years old", 0.8),
    RULE("?has ?just turned|turns", AGE, FACT, "age", "{s} is {v} years old", 0.82),
    RULE("plays", THING, FACT, NULL, "{s} plays {v}", 0.75),
    RULE("speaks", ORG, FACT, NULL, "{s} speaks {v}", 0.8),
    RULE("birthday is ?on", DATE, FACT, "birthday", "{s}'s birthday is {v}", 0.9),
};

static const struct kin_word english_kin[] = {
    {"aunt", NULL},         {"baby", NULL},         {"boss", "manager"},  {"boyfriend", "partner"},
    {"brother", NULL},      {"brothers", NULL},     {"bunny", NULL},      {"cat", NULL},
    {"cats", NULL},         {"child", NULL},        {"children", NULL},   {"colleague", NULL},
    {"cousin", NULL},       {"cousins", NULL},      {"coworker", NULL},   {"dad", "father"},
    {"daughter", NULL},     {"daughters", NULL},    {"dentist", NULL},    {"doctor", NULL},
    {"dog", NULL},          {"dogs", NULL},         {"father", "father"}, {"fiance", "partner"},
    {"fiancee", "partner"}, {"flatmate", NULL},     {"friend", NULL},     {"girlfriend", "partner"},
    {"goldfish", NULL},     {"grandfather", NULL},  {"grandma", NULL},    {"grandmother", NULL},
    {"grandpa", NULL},      {"hamster", NULL},      {"horse", NULL},      {"horses", NULL},
    {"husband", "partner"}, {"kid", NULL},          {"kids", NULL},       {"kitten", NULL},
    {"kittens", NULL},      {"manager", "manager"}, {"mom", "mother"},    {"mother", "mother"},
    {"mum", "mother"},      {"neighbor", NULL},     {"neighbour", NULL},  {"nephew", NULL},
    {"nephews", NULL},      {"niece", NULL},        {"nieces", NULL},     {"parrot", NULL},
    {"partner", "partner"}, {"pet", NULL},          {"puppies", NULL},    {"puppy", NULL},
    {"rabbit", NULL},       {"rabbits", NULL},      {"roommate", NULL},   {"sister", NULL},
    {"sisters", NULL},      {"son", NULL},          {"sons", NULL},       {"spouse", "partner"},
    {"teacher", NULL},      {"therapist", NULL},    {"tortoise", NULL},   {"twins", NULL},
    {"uncle", NULL},        {"wife", "partner"},
};

static const char *const english_openers[] = {
    "well|so|oh|ah|hey|yeah|yes|yep|yup|ok|okay|also|and|but|anyway|btw|"
    "fyi|honestly|tbh|thanks|sure|right|hmm|um|uh|currently|nowadays|"
    "lately|personally|plus|basically|haha|lol|cool|great|nice|wow|because|"
    "yay|finally|hi|hello|alright|sadly|luckily|unfortunately|fortunately|"
    "again|obviously|apparently|there|hiya|since|then|now",
    "by the way",
    "to be honest|clear|fair",
    "thank you",
    "just so you know",
    "for the record",
    "for context",
    "as i said|mentioned",
    "like i said",
    "these days",
    "right now",
    "fun fact",
    "as of today|now|yesterday",
    "good morning|evening|afternoon|news",
    "the thing is",
    "you know",
    "at the moment",
    "in fact",
    "of course",
    "my bad",
    "quick update",
    "small update",
    "an update",
    "update",
    "about me",
    "a bit about me",
    "first of all",
    "i told you",
    "i already told you",
};

static const char *const english_reminders[] = {
    "?please|also remember ?that|this",
    "?please don't|dont|never forget ?that",
    "?please keep in mind ?that",
    "?please note ?that",
    "you should know ?that",
    "?it's important|it ?is ?important ?to ?know ?that",
    "important",
    "for future reference",
    "?please make a note ?that",
    "note to self",
};

static const char *const english_corrections[] = {
    "sorry",
    "no|nope ?no ?wait ?sorry actually|sorry",
    "actually",
    "correction",
    "sorry ?actually",
    "scratch that",
    "wait ?no ?actually",
    "oops",
    "i misspoke",
    "i was wrong",
    "that's wrong|incorrect",
    "that was wrong",
    "not ?true ?anymore",
    "no|nope",
    "my mistake",
};

static const char *const english_retorts[] = {
    "it's|its|that's ?actually ?in ?at",
    "it is|was ?actually ?in ?at",
    "that is",
    "i meant|mean ?to ?say ?in",
    "make it|that",
    "should be",
    "it should be",
    "the ?right ?correct one|answer|name|city|date is",
};

static const char *const english_tales[] = {
    "for example|instance",
    "let's|lets say|pretend|imagine",
    "say i|i'm|my|we",
    "in the|my|this ?short story|novel|game|dream|book|scenario",
    "in a dream",
    "once upon a time",
    "what if",
};

static const char *const english_decisions[] = {
    "decided ?to|on|that|against",
    "chose|chosen|chooses",
    "picked",
    "opted for",
    "settled on",
    "going with",
    "went with",
    "will|shall go with",
    "switched to",
    "agreed to|on|that",
};

static const char *const english_cues[] = {
    "important",
    "?please remember",
    "don't|dont|never|not forget",
    "must|mustn't",
    "always",
    "never",
    "allergic|allergy|allergies",
    "deadline",
    "urgent|urgently",
    "critical|critically",
    "emergency",
    "keep in mind",
    "make sure",
    "diagnosed",
    "medication",
    "promise|promised",
    "secret",
    "top priority",
    "by law",
    "for the record",
    "no matter what",
    "under no circumstances",
    "birthday|anniversary",
    "died|death|funeral",
    "pregnant|wedding|married|divorce|divorced",
};

static const struct stem_pin english_swaps[] = {
    {"i", "they"},        {"i'd", "they'd"},    {"i'll", "they'll"},
    {"i'm", "they're"},   {"i've", "they've"},  {"me", "them"},
    {"mine", "theirs"},   {"my", "their"},      {"myself", "themselves"},
    {"our", "their"},     {"ours", "theirs"},   {"ourselves", "themselves"},
    {"us", "them"},       {"we", "they"},       {"we'll", "they'll"},
    {"we're", "they're"}, {"we've", "they've"},
};

const struct mind_rules rules_english = {
    .code = "en",
    .first = english_first,
    .first_count = COUNT(english_first),
    .third = english_third,
    .third_count = COUNT(english_third),
    .kin = english_kin,
    .kin_count = COUNT(english_kin),
    .subjects = "i|i'm|im|i've|ive|i'll|i'd|my|we|we're|we've|we'll",
    .actors = "i|i've|ive|we|we've",
    .me = "my",
    .possessive = "'s",
    .negations = "not|never|no|don't|dont|doesn't|didn't|isn't|aren't|wasn't|won't|"
                 "can't|cannot|hardly|no longer",
    .adverbs = "really|just|also|still|actually|currently|now|always|usually|"
               "absolutely|definitely|totally|truly|generally|mostly|recently|finally|"
               "already|only|personally|kinda|honestly|both|all|mainly|quite|even|"
               "normally|officially|sure|do|basically|genuinely|secretly|very|so|have|"
               "much|especially|particularly",
    .conjunctions = "and|but|so|because|since|though|although|plus|yet|or",
    .enders = "but|because|since|so|which|who|where|when|while|though|although|if|as|"
              "cause|cuz|until|unless|whenever|whereas|before|after|then",
    .connectors = "of|de|la|le|los|las|san|del|der|den|van|von|da|do|dos|di|and|&|the|"
                  "upon|for",
    .deictic = "first|second|third|latter|former|previous|it|its|it's|this|that|"
               "that's|these|those|you|you're|your|how|what|when|where|why|who|him|"
               "her|them|he|she|they|me|us|him|there|here|one|ones|everything|nothing|"
               "something|anything|everyone|nobody|someone|to|not|being|myself|both|"
               "either|neither|all|any|some|more|most|less|much|lots|same|another|"
               "other|others|such|half|part|way|idea|is|are|was|were|at|by|from|with|"
               "about|for|on|of|and|or|if|no|than|yes",
    .tails = "too|also|now|lately|though|tbh|lol|haha|please|anyway|already|yet|"
             "again|either|currently|nowadays|there|here|right|these|days|much|very|"
             "so|lot|a|the|most|more|best|than|anything|else|to|with|and|or|of|for|"
             "in|at|on|honestly|actually|really|generally|ever|myself|recently|"
             "instead|well|still|today|ok|okay",
    .articles = "a|an|the",
    .idle_verbs = "be|see|bet|say|admit|think|try|guess|let|wait|know|get|miss|ask|love|"
                  "like|never|not|tell|show|explain|add|mention|stop|take|give|assume|"
                  "leave|keep|pass|check|look|wonder|imagine|want|need|have|just|stay|do|"
                  "go|use|make|note|start|continue|repeat|ignore|skip|live|survive|"
                  "manage|sleep|eat|die|believe|agree|disagree|concede|forget|remember|"
                  "spare|stick|help|ever|always|probably|maybe|the|a|an|so|very|too|"
                  "sorry|glad|happy|sad|tired|sure|fine|good|okay|ok|in|at|on|from|"
                  "afraid|aware|here|there|back|done|able|ready|busy|hungry|bored|"
                  "excited|worried|curious|confused|lost|late|early|free|available|"
                  "joking|kidding|sick|ill|feeling|looking|trying|wondering|thinking|"
                  "asking|talking|saying|having|getting|being|doing|using|hoping|"
                  "guessing|assuming|afraid",
    .no_names = "i|he|she|it|we|you|they|this|that|these|those|there|here|who|what|"
                "where|when|why|how|which|everyone|everybody|nobody|someone|somebody|"
                "anyone|anybody|people|no|yes|the|a|an|my|your|his|her|our|their|its|"
                "and|but|so|or|if|god|nothing|something|everything|one|some|most|many|"
                "all|also|life|today|tomorrow|yesterday|please|thanks|hello|hi|hey|ok|"
                "okay|well|just|maybe|then|now|still|even|not|never|only|or|because|"
                "since|while|after|before|each|every|another|both|neither|either|"
                "whoever|whatever|let|let's|monday|tuesday|wednesday|thursday|friday|"
                "saturday|sunday|january|february|march|april|june|july|august|"
                "september|october|november|december|mr|mrs|ms|dr|at|in|on|for|from|"
                "with|to|of|as|by|once|oh|wow|yeah|sure|sorry|suddenly|meanwhile|later|"
                "finally|did|do|does|is|are|was|were|can|could|would|should|will|have|"
                "has|had|may|might|must|honestly|actually",
    .conditions = "if|unless|suppose|supposing|imagine|imagining|pretend|pretending|"
                  "hypothetically|wish|assuming|whether|would've|could've|dreamed|dreamt|"
                  "dreaming|joking|kidding|joke|almost|nearly|provided",
    .doubts = "maybe|perhaps|might|possibly|probably|likely|supposedly|allegedly|"
              "guess|doubt|unsure|hopefully|apparently",
    .demonyms = "american|british|english|scottish|welsh|irish|french|german|italian|"
                "spanish|portuguese|dutch|belgian|swiss|austrian|polish|czech|slovak|"
                "hungarian|romanian|bulgarian|greek|turkish|russian|ukrainian|swedish|"
                "norwegian|danish|finnish|icelandic|estonian|latvian|lithuanian|"
                "croatian|serbian|slovenian|albanian|canadian|mexican|brazilian|"
                "argentinian|chilean|colombian|peruvian|cuban|chinese|japanese|korean|"
                "vietnamese|thai|indian|pakistani|iranian|iraqi|israeli|lebanese|"
                "syrian|egyptian|moroccan|nigerian|kenyan|ethiopian|ghanaian|african|"
                "asian|european|australian|catholic|muslim|jewish|hindu|buddhist|"
                "christian|protestant|orthodox|vegan|filipino|indonesian|malaysian|"
                "jamaican",
    .fictions = "imagine|pretend|suppose|hypothetically|roleplay|rp|scenario|story|"
                "fiction|lyrics|poem|quote|quoting|excerpt|translate|translation|"
                "example|lorem|dialogue|prompt|template|character|once",
    .polite = "please|can|could|would|you|just|now",
    .orders = "write|translate|say|repeat|pretend|imagine|act|generate|draft|compose|"
              "rewrite|summarize|summarise|correct|fix|complete|respond|reply|answer|"
              "explain|give|tell|show|make|create|help|find|list|describe|recommend|"
              "suggest|remind|add|change|use|respond|read|check|proofread|edit|"
              "paraphrase|put|send|schedule|set|assume|consider|try|sing|roleplay|"
              "play|continue|convert|classify|analyze|analyse|format|print|type|"
              "output|ask|convince|teach|rate|review|shorten|improve|turn|start|stop|"
              "forget|ignore|delete|remove|save|look|search|google|calculate|compute|"
              "define|compare",
    .reports = "said|says|say|told|tells|asked|asks|wrote|writes|replied|replies|"
               "texted|claims|claimed|claim|goes|shouted|whispered|answered|yelled|"
               "insists|insisted|thinks|thought|believes|believed|assumes|assumed|"
               "quoted|reads|sang|sings|lyrics",
    .asks = "what|what's|whats|where|where's|how|how's|which|who|who's|why|when|"
            "can|could|would|should|do|does|any|is|are|will|got|know|have",
    .pasts = "went|met|saw|had|got|bought|began|broke|brought|built|came|caught|"
             "chose|did|drank|drove|ate|fell|felt|found|flew|forgot|gave|grew|heard|"
             "held|kept|knew|left|lost|made|paid|put|quit|ran|read|rode|sold|sent|"
             "slept|sold|spent|spoke|stood|swam|taught|took|threw|told|tried|won|"
             "wrote|ended|hurt|hit|lent|cut|beat|led|lay|drew|sang|woke|wore",
    .past_end = "ed",
    .future = "will|i'll|we'll|going|gonna|plan|planning|need|must|have|promise|"
              "promised|next|tomorrow|i'm|we're|am|are|is|starts|begins|let's|"
              "upcoming|decided|agreed|intend|shall",
    .since = "since",
    .weekday_before = "on|by|this|until|every",
    .job_ends = "ologist|ographer|ician|iatrist|keeper|maker|nurse|teacher|engineer|"
                "driver|writer|developer|programmer|designer|dentist|therapist|"
                "scientist|journalist|pianist|violinist|lawyer|officer|worker|trainer|"
                "manager|consultant|accountant|assistant|analyst|operator|instructor|"
                "farmer|painter|player|singer",
    .jobs = "nurse|doctor|lawyer|teacher|chef|cook|baker|barista|carpenter|plumber|"
            "electrician|architect|engineer|developer|programmer|designer|writer|"
            "author|editor|journalist|artist|musician|actor|actress|pilot|"
            "firefighter|policeman|soldier|surgeon|dentist|vet|veterinarian|"
            "pharmacist|scientist|researcher|professor|lecturer|librarian|"
            "accountant|banker|economist|consultant|analyst|manager|director|ceo|"
            "cto|founder|freelancer|contractor|mechanic|farmer|gardener|florist|"
            "tailor|hairdresser|barber|waiter|waitress|bartender|cashier|salesman|"
            "realtor|translator|interpreter|photographer|videographer|painter|"
            "sculptor|dancer|singer|composer|producer|judge|paralegal|secretary|"
            "receptionist|student|therapist|psychologist|psychiatrist|counselor|"
            "coach|trainer|paramedic|midwife|sailor|fisherman|blacksmith|welder|"
            "machinist|technician|biologist|chemist|physicist|mathematician|"
            "statistician|historian|archaeologist|geologist|astronomer|linguist|"
            "philosopher|priest|pastor|nun|monk|diplomat|politician|tutor|nanny|"
            "babysitter|courier|postman|butcher|beekeeper|brewer|winemaker|potter|"
            "jeweler|watchmaker|optician|radiologist|cardiologist|pediatrician|"
            "anesthesiologist|plasterer|roofer|bricklayer|mason|cabinetmaker|"
            "luthier",
    .years_old = "years|year|yo|y/o",
    .greetings = "hi|hello|hey|hiya|greetings|howdy",
    .nots = "not|instead|rather",
    .nobody = "User",
    .event_words = "met|married|died|born|moved|bought|sold|started|began|quit|resigned|"
                   "hired|fired|won|lost|found|arrived|left|decided|agreed|promised|"
                   "discovered|killed|broke|adopted|graduated|promoted|accepted|signed|"
                   "opened|closed|launched|finished|crashed|stole|stolen|escaped|attacked|"
                   "betrayed|revealed|confessed|rescued|saved|joined|engaged|divorced|"
                   "diagnosed|cancelled|canceled|booked|passed|failed|shipped|released|"
                   "deployed|fixed|burned|burnt|fell|fled|caught|kissed|fought|defeated|"
                   "offered|announced|proposed|inherited|built|destroyed|returned|"
                   "approved|rejected|merged|migrated|collapsed|sank|flooded",
    .turn_words = "became|become|becomes|realized|realised|learned|learnt|grew|changed|"
                  "turned|forgave|trusts|trusted|distrusts|regrets|regretted|afraid|"
                  "angry|furious|jealous|loves|loved|hates|hated|admitted|confessed|"
                  "overcame|recovered|stopped|started|decided|promised|swore|vowed|quit|"
                  "gave|moved|longer|finally|now|anymore|engaged|married|divorced|"
                  "promoted|retired|fell|lost|joined|betrayed|proud|confident|ashamed|"
                  "lonely|exhausted|happier|nervous",
    .plot_words = "but|however|suddenly|secret|secretly|plan|plans|planned|must|promise|"
                  "promised|mystery|missing|unknown|threat|threatened|curse|prophecy|map|"
                  "key|revealed|discovered|betrayed|deadline|problem|blocked|risk|until|"
                  "unless|decide|decided|whoever|nobody|hidden|before|warned|warning|"
                  "deal|bet|hunt|quest|search|need|needs|next|tomorrow|plot|letter",
    .place_before = "in|at|to|from|near|into|toward|towards|around|outside|inside|through|"
                    "across|via|leaving|visiting|visited|reached|reach",
    .person_before = "with|mr|mrs|ms|dr|and|by|told|met|asked|sir|lady|captain|king|queen|"
                     "prince|princess|lord|aunt|uncle|sister|brother|wife|husband|friend|"
                     "thanked|married|kissed",
    .person_after = "said|says|asked|asks|told|tells|replied|thinks|thought|knows|knew|"
                    "wants|wanted|loves|loved|hates|is|was|has|had|will|went|came|took|"
                    "gave|felt|smiled|laughed|nodded|and|who|lives|works|moved|decided|"
                    "found|promised",
    .openers = english_openers,
    .opener_count = COUNT(english_openers),
    .reminders = english_reminders,
    .reminder_count = COUNT(english_reminders),
    .corrections = english_corrections,
    .correction_count = COUNT(english_corrections),
    .retorts = english_retorts,
    .retort_count = COUNT(english_retorts),
    .tales = english_tales,
    .tale_count = COUNT(english_tales),
    .decisions = english_decisions,
    .decision_count = COUNT(english_decisions),
    .cues = english_cues,
    .cue_count = COUNT(english_cues),
    .swaps = english_swaps,
    .swap_count = COUNT(english_swaps),
};
