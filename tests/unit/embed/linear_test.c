#include "embed/linear.h"

#include "../../support/emulated_amx.h"
#include "embed/linear_internal.h"

#include <criterion/criterion.h>
#include <float.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* All sets that can be tested here: the usable ones, and AMX with its tiles emulated. */
static const struct linear_set *set_at(size_t index)
{
    size_t count = 0;
    while (linear_usable(count) != NULL) count++;
    if (index < count) return linear_usable(index);
#if defined(__x86_64__)
    if (index == count) return emulated_amx();
#endif
    return NULL;
}

static uint64_t state = 5;

static float random_unit(void)
{
    state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (float)(state >> 40) / (float)(1 << 23) - 1.0F;
}

static float *random_floats(size_t count)
{
    float *out = malloc(count * sizeof *out);
    for (size_t i = 0; i < count; i++) out[i] = random_unit();
    return out;
}

/* What bfloat16 keeps of a value is off by 2^-9 at most. */
static double rounding(const struct linear_set *set)
{
    return strcmp(set->name, "amx") == 0 ? 1.0 / 512 : FLT_EPSILON;
}

static double gelu(double x)
{
    return x * .5 * (1 + erf(x / sqrt(2)));
}

struct trial {
    const struct linear_set *set;
    size_t inner, outer;
    float *weights, *bias, *rows, *add;
    void *packed;
};

#define ROWS_MAX 40

static struct trial begin_trial(const struct linear_set *set, size_t inner, size_t outer)
{
    struct trial trial = {.set = set, .inner = inner, .outer = outer};
    trial.weights = random_floats(inner * outer);
    trial.bias = random_floats(outer);
    trial.rows = random_floats(ROWS_MAX * inner);
    trial.add = random_floats(ROWS_MAX * outer);
    trial.packed = malloc(set->packed_bytes(inner, outer));
    for (size_t first = 0; first < outer; first += LINEAR_UNIT) {
        set->pack(trial.weights + first * inner, first, inner, outer, trial.packed);
    }
    return trial;
}

static void end_trial(struct trial *trial)
{
    free(trial->weights);
    free(trial->bias);
    free(trial->rows);
    free(trial->add);
    free(trial->packed);
}

static void multiply(const struct trial *trial, size_t first, size_t row_count, const float *add,
                     enum linear_finish finish, float *out)
{
    void *scratch = malloc(trial->set->scratch_bytes(row_count, trial->inner) + 1);
    const struct linear_product product = {.rows = trial->rows + first * trial->inner,
                                           .row_count = row_count,
                                           .weights = trial->packed,
                                           .inner = trial->inner,
                                           .outer = trial->outer,
                                           .bias = trial->bias,
                                           .add = add,
                                           .out = out,
                                           .finish = finish,
                                           .scratch = scratch};
    trial->set->multiply(&product);
    free(scratch);
}

static void check_product(const struct trial *trial, size_t row_count, bool adds,
                          enum linear_finish finish)
{
    float *out = malloc(row_count * trial->outer * sizeof *out);
    multiply(trial, 0, row_count, adds ? trial->add : NULL, finish, out);
    for (size_t r = 0; r < row_count; r++) {
        for (size_t o = 0; o < trial->outer; o++) {
            double sum = (double)trial->bias[o], size = 1;
            for (size_t i = 0; i < trial->inner; i++) {
                double term = (double)trial->rows[r * trial->inner + i] *
                              (double)trial->weights[o * trial->inner + i];
                sum += term;
                size += fabs(term);
            }
            sum += adds ? (double)trial->add[r * trial->outer + o] : 0;
            double expected = finish == LINEAR_GELU ? gelu(sum) : sum;
            double got = (double)out[r * trial->outer + o];
            cr_assert_float_eq(got, expected, 4 * rounding(trial->set) * size,
                               "%s %zux%zu, %zu rows: [%zu][%zu] is %g, not %g", trial->set->name,
                               trial->inner, trial->outer, row_count, r, o, got, expected);
        }
    }
    free(out);
}

static const size_t shapes[][2] = {{16, 16}, {16, 64},  {32, 48},  {48, 80},
                                   {64, 96}, {80, 144}, {384, 112}};

Test(linear, products_are_right_in_each_set_and_shape)
{
    const struct linear_set *set;
    for (size_t i = 0; (set = set_at(i)) != NULL; i++) {
        for (size_t s = 0; s < sizeof shapes / sizeof shapes[0]; s++) {
            struct trial trial = begin_trial(set, shapes[s][0], shapes[s][1]);
            for (size_t rows = 1; rows <= ROWS_MAX; rows += rows < 20 ? 1 : 10) {
                check_product(&trial, rows, false, LINEAR_PLAIN);
                check_product(&trial, rows, true, rows % 2 ? LINEAR_GELU : LINEAR_PLAIN);
            }
            end_trial(&trial);
        }
    }
}

Test(linear, what_is_added_may_be_where_the_result_goes)
{
    const struct linear_set *set;
    for (size_t i = 0; (set = set_at(i)) != NULL; i++) {
        struct trial trial = begin_trial(set, 48, 80);
        size_t count = 19 * trial.outer;
        float *apart = malloc(count * sizeof *apart);
        multiply(&trial, 0, 19, trial.add, LINEAR_PLAIN, apart);
        multiply(&trial, 0, 19, trial.add, LINEAR_PLAIN, trial.add);
        cr_assert_arr_eq(trial.add, apart, count * sizeof *apart, "%s", set->name);
        free(apart);
        end_trial(&trial);
    }
}

Test(linear, a_row_does_not_depend_on_the_rows_beside_it)
{
    const struct linear_set *set;
    for (size_t i = 0; (set = set_at(i)) != NULL; i++) {
        struct trial trial = begin_trial(set, 384, 112);
        float *all = malloc(ROWS_MAX * trial.outer * sizeof *all);
        float *some = malloc(ROWS_MAX * trial.outer * sizeof *some);
        multiply(&trial, 0, ROWS_MAX, NULL, LINEAR_GELU, all);
        for (size_t first = 0; first < 9; first++) {
            for (size_t count = 1; first + count <= ROWS_MAX; count++) {
                multiply(&trial, first, count, NULL, LINEAR_GELU, some);
                cr_assert_arr_eq(some, all + first * trial.outer,
                                 count * trial.outer * sizeof *some, "%s: %zu rows from %zu on",
                                 set->name, count, first);
            }
        }
        free(all);
        free(some);
        end_trial(&trial);
    }
}

/* A product by the identity shows the function alone. */
Test(linear, gelu_holds_over_its_whole_range)
{
    const struct linear_set *set;
    for (size_t i = 0; (set = set_at(i)) != NULL; i++) {
        struct trial trial = begin_trial(set, 16, 16);
        float out[16];
        memset(trial.bias, 0, 16 * sizeof(float));
        for (size_t o = 0; o < 16; o++) {
            for (size_t k = 0; k < 16; k++) trial.weights[o * 16 + k] = o == k;
        }
        set->pack(trial.weights, 0, 16, 16, trial.packed);
        for (double x = -40; x <= 40; x += .25) { // quarters are exact in bfloat16 up to 64
            for (size_t k = 0; k < 16; k++) trial.rows[k] = (float)x;
            multiply(&trial, 0, 1, NULL, LINEAR_GELU, out);
            cr_assert_float_eq((double)out[3], gelu(x), 3e-7 * fmax(1, fabs(x)),
                               "%s: gelu(%g) is %g", set->name, x, (double)out[3]);
        }
        end_trial(&trial);
    }
}

static void check_attention(const struct linear_set *set, size_t tokens, size_t heads, size_t head)
{
    size_t width = heads * head, stride = 3 * width;
    float *rows = random_floats(tokens * stride), *out = malloc(tokens * width * sizeof *out);
    float *scratch = malloc(linear_attention_floats(tokens, head) * sizeof *scratch);
    const struct linear_attention call = {.rows = rows,
                                          .token_count = tokens,
                                          .width = width,
                                          .head_count = heads,
                                          .out = out,
                                          .scratch = scratch};
    set->attend(&call);
    double *shares = malloc(tokens * sizeof *shares);
    for (size_t t = 0; t < tokens; t++) {
        for (size_t at = 0; at < width; at += head) {
            double sum = 0;
            for (size_t k = 0; k < tokens; k++) {
                double score = 0;
                for (size_t i = at; i < at + head; i++) {
                    score += (double)rows[t * stride + i] * (double)rows[k * stride + width + i];
                }
                sum += shares[k] = exp(score);
            }
            for (size_t i = at; i < at + head; i++) {
                double expected = 0;
                for (size_t k = 0; k < tokens; k++) {
                    expected += shares[k] / sum * (double)rows[k * stride + 2 * width + i];
                }
                cr_assert_float_eq((double)out[t * width + i], expected, 2e-6,
                                   "%s, %zu tokens: [%zu][%zu]", set->name, tokens, t, i);
            }
        }
    }
    free(shares);
    free(rows);
    free(out);
    free(scratch);
}

Test(linear, attention_is_right_for_each_length)
{
    const struct linear_set *set;
    for (size_t i = 0; (set = set_at(i)) != NULL; i++) {
        for (size_t tokens = 1; tokens <= 70; tokens += tokens < 20 ? 1 : 7) {
            check_attention(set, tokens, 2, 16);
            check_attention(set, tokens, 1, 64);
        }
        check_attention(set, 300, 3, 32);
    }
}

Test(linear, attention_survives_scores_of_any_size)
{
    const struct linear_set *set;
    for (size_t i = 0; (set = set_at(i)) != NULL; i++) {
        float rows[2 * 48] = {0}, out[32], scratch[(16 + 16) * 16];
        rows[0] = 1e4F; // the first token's query likes the second token's key by 10^8
        rows[48 + 16] = 1e4F;
        rows[48 + 32] = 5;
        const struct linear_attention call = {.rows = rows,
                                              .token_count = 2,
                                              .width = 16,
                                              .head_count = 1,
                                              .out = out,
                                              .scratch = scratch};
        cr_assert_leq(linear_attention_floats(2, 16), sizeof scratch / sizeof scratch[0]);
        set->attend(&call);
        cr_assert_float_eq((double)out[0], 5, 1e-6, "%s", set->name);
        cr_assert_float_eq((double)out[16], 2.5, 1e-6, "%s", set->name);
    }
}

Test(linear, rows_are_normalised)
{
    const struct linear_set *set;
    for (size_t s = 0; (set = set_at(s)) != NULL; s++) {
        for (size_t width = 16; width <= 96; width += 16) {
            float *rows = random_floats(3 * width), *gain = random_floats(width);
            float *shift = random_floats(width), *got = malloc(3 * width * sizeof *got);
            for (size_t i = 0; i < width; i++) rows[2 * width + i] = 3; // no variance at all
            memcpy(got, rows, 3 * width * sizeof *got);
            set->normalize(got, 3, width, gain, shift, 1e-5F);
            for (size_t i = 0; i < 3 * width; i++) {
                const float *row = rows + i / width * width;
                double mean = 0, variance = 0;
                for (size_t k = 0; k < width; k++) mean += (double)row[k] / (double)width;
                for (size_t k = 0; k < width; k++) {
                    variance += ((double)row[k] - mean) * ((double)row[k] - mean) / (double)width;
                }
                double expected =
                    ((double)rows[i] - mean) / sqrt(variance + 1e-5) * (double)gain[i % width] +
                    (double)shift[i % width];
                cr_assert_float_eq((double)got[i], expected, 5e-6, "%s", set->name);
            }
            free(rows);
            free(gain);
            free(shift);
            free(got);
        }
    }
}

static void multiply_wrongly(const struct linear_product *product)
{
    linear_scalar.multiply(product);
    product->out[product->row_count * product->outer - 1] += .2F;
}

Test(linear, a_set_that_computes_something_else_is_noticed)
{
    const struct linear_set *set;
    struct linear_set wrong = linear_scalar;
    for (size_t i = 0; (set = set_at(i)) != NULL; i++) {
        cr_expect(linear_agrees(set), "%s", set->name);
    }
    wrong.multiply = multiply_wrongly;
    cr_expect(!linear_agrees(&wrong));
}

Test(linear, a_set_can_be_forced)
{
    setenv("MNEME_SIMD", "scalar", 1);
    cr_assert_str_eq(linear_get()->name, "scalar");
}

Test(linear, an_unknown_set_is_ignored)
{
    size_t count = 0;
    while (linear_usable(count) != NULL) count++;
    setenv("MNEME_SIMD", "abacus", 1);
    cr_assert_eq(linear_get(), linear_usable(count - 1));
}
