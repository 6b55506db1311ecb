/*
 * The tests' provider as a program, for shell tests: fake_provider MANNER, which prints its port, and serves until its
 * standard input ends.
 */
#include "support/fake_provider.h"

#include <stdio.h>
#include <string.h>

int main(int argc, char **argv)
{
    size_t manner = 0;
    while (argc == 2 && manner < FAKE_MANNERS && strcmp(fake_manner_names[manner], argv[1]) != 0) {
        manner++;
    }
    struct fake_provider *fake = fake_provider_start(8);
    if (argc != 2 || manner == FAKE_MANNERS || fake == NULL) {
        return 2;
    }
    fake_provider_behave(fake, (enum fake_manner)manner, 0);
    printf("%d\n", fake_provider_port(fake));
    fflush(stdout);
    while (getchar() != EOF) {}
    fake_provider_stop(fake);
    return 0;
}
