/* Puts files into the program:
 *
 *     embed OUT.c NAME=FILE[,FILE...]...
 *
 * writes one assay_page_part per NAME, the files one after the other; of no bytes when there is no
 * file. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int copy(const char* path, FILE* out, size_t* size) {
    FILE* in = fopen(path, "rb");
    if (in == NULL) {
        perror(path);
        return 1;
    }
    for (int c = getc(in); c != EOF; c = getc(in)) {
        /* Hexadecimal escapes have no greatest length, octal ones have. */
        fprintf(out, *size % 32 == 0 ? "\"\n    \"\\%03o" : "\\%03o", (unsigned)c);
        ++*size;
    }
    fclose(in);
    return 0;
}

static int embed(char* argument, FILE* out) {
    int bad = 0;
    size_t size = 0;
    char* files = strchr(argument, '=');
    if (files == NULL) {
        fprintf(stderr, "embed: %s: not NAME=FILE,...\n", argument);
        return 1;
    }
    *files = '\0';
    fprintf(out, "\nstatic const char %s[] = \"", argument);
    for (char* file = strtok(files + 1, ","); file != NULL; file = strtok(NULL, ",")) {
        bad |= copy(file, out, &size);
    }
    fprintf(out, "\";\nconst assay_page_part assay_page_%s = {%s, %zu};\n", argument, argument,
            size);
    return bad;
}

int main(int count, char** arguments) {
    int bad = 0;
    FILE* out = count > 1 ? fopen(arguments[1], "w") : NULL;
    if (out == NULL) {
        fprintf(stderr, "usage: embed OUT.c NAME=FILE,...\n");
        return EXIT_FAILURE;
    }
    fprintf(out, "#include \"page.h\"\n");
    for (int i = 2; i < count; i++) {
        bad |= embed(arguments[i], out);
    }
    bad |= fclose(out) != 0;
    return bad ? EXIT_FAILURE : EXIT_SUCCESS;
}
