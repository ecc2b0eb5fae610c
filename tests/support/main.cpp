// The entry point of every test program.
//
// libsystemc brings a main() of its own that calls sc_main(); next to gtest_main it can win
// silently, and then no test runs and all is "green". A main() in the program's own object always
// wins. The weak sc_main satisfies the library where nothing else in the program defines one; it is
// never called.
#include <gtest/gtest.h>

extern "C" __attribute__((weak)) int sc_main(int, char**) {
    return 1;
}

int main(int argc, char** argv) {
    ::testing::InitGoogleTest(&argc, argv);
    return RUN_ALL_TESTS();
}
