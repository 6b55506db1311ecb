# What is mapped when mneme starts, that nothing of the default configuration touches the network, and that a remote
# provider's key shows nowhere.
set -eu
. "$MNEME_SOURCE/tests/cli/setup"
[ "${MNEME_MODE-release}" = release ] || { echo 'sanitizers map and call things of their own'; exit 77; }

# --- the libraries that a start maps ------------------------------------------------------------------------------
ldd "$(command -v mneme)" | sed 's,^[[:space:]]*,,; s,[ .].*,,; s,.*/,,' | sort >mapped
for library in curl ssl gnutls nghttp2 dnnl python; do
    ! grep -q "^lib$library" mapped || fail "a start maps lib$library: $(cat mapped)"
done

# --- no socket without a remote provider --------------------------------------------------------------------------
if command -v strace >/dev/null && strace -f -o trace true 2>/dev/null; then
    quiet() { # WORDS...: mneme runs them without a call of the network
        strace -f -e trace=%network,openat -o trace mneme "$@" >said 2>&1 || fail "mneme $*: $(cat said)"
        ! grep -E '^[0-9]+ +(socket|connect|sendto|bind|getaddrinfo)\(' trace || fail "mneme $*: uses the network"
        ! grep -E 'libcurl|libssl|resolv.conf' trace || fail "mneme $*: loads what the network needs"
    }
    quiet remember 'Ada drinks green tea'
    quiet recall 'What does Ada drink?'
    quiet context 'What does Ada drink?'
    quiet list
    quiet embed 'green tea'
    # A remote provider is asked for nothing by opening the store or writing to it.
    quiet --model 'openai:m@http://127.0.0.1:9' remember 'Grace plays the cello'
else
    echo 'strace is not there or not allowed: calls of the network not watched'
fi

# --- a key shows nowhere ------------------------------------------------------------------------------------------
${CC:-gcc} -std=c11 -D_GNU_SOURCE -pthread -I"$MNEME_SOURCE/tests" "$MNEME_SOURCE/tests/tools/fake_provider_main.c" \
    "$MNEME_SOURCE/tests/support/fake_provider.c" -o fake_provider
key=canary-key-4711
mkfifo hold
for manner in good denying refusing silent garbage broken; do
    ./fake_provider "$manner" <hold >port &
    provider=$!
    exec 3>hold
    while [ ! -s port ]; do sleep .05; done
    MNEME_MODEL="openai:m@http://127.0.0.1:$(cat port)"
    MNEME_EMBED_KEY=$key MNEME_EMBED_WAIT_MS=300
    export MNEME_MODEL MNEME_EMBED_KEY MNEME_EMBED_WAIT_MS
    for words in 'embed tea' 'recall tea' '--json recall tea' 'remember tea' 'stats' 'export'; do
        mneme $words >>shown 2>&1 || true
    done
    exec 3>&-
    wait $provider
    rm port
done
unset MNEME_MODEL
printf '%s\n' "$key" >key.txt
chmod 644 key.txt
if MNEME_EMBED_KEY='' MNEME_EMBED_KEY_FILE=$PWD/key.txt mneme --model openai:m list >>shown 2>&1; then
    fail 'a key that others can read is taken'
fi
grep -q 'chmod 600' shown || fail "does not say what to do about a key that others can read: $(tail -n 2 shown)"
if mneme --model openai:m@http://example.org/v1 list >>shown 2>&1; then
    fail 'a key would go over plain http'
fi
! grep -q "$key" shown || fail "shows the key: $(grep "$key" shown)"
! grep -rq "$key" "$MNEME_DB"* || fail 'the key is in the store'
