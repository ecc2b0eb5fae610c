// libsystemc defines main and calls sc_main; programs of ours define their own main, and this stub
// satisfies the library. It lives in the same archive member order as the ABI so that it is found.
#include <systemc>

int sc_main(int, char**) {
    return 0;
}
