/* The program `mneme`. */
#include "cli/session.h"

int main(int argc, char **argv)
{
    return session_run(argc, argv);
}
