"""What scripts/plot_sweep, plot_search and plot_roofline share: arguments, tables, gnuplot.

Wrong input ends with exit code 2 and a message on standard error, as the program does."""
import os
import shutil
import subprocess
import sys
import tempfile

# Distinguishable with any kind of colour vision, in print too (Okabe and Ito).
COLOURS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000", "#999933"]
MARKS = [7, 5, 9, 13, 11, 6, 4, 8]  # gnuplot's point types

# Column of a result -> axis label, and whether more is better.
METRICS = {
    "cycles": ("cycles", False),
    "seconds": ("latency, s", False),
    "energy_j": ("energy, J", False),
    "area_mm2": ("area, mm²", False),
    "utilisation": ("utilisation", True),
    "dram_bytes": ("DRAM traffic, bytes", False),
}


def fail(message):
    print(f"{os.path.basename(sys.argv[0])}: {message}", file=sys.stderr)
    sys.exit(2)


def terminal(out, size="900,600"):
    """The gnuplot terminal for a file name."""
    if out.endswith(".png"):
        return f"pngcairo size {size} font 'sans,11'"
    if out.endswith(".svg"):
        return f"svg size {size} font 'sans,13' background 'white'"
    fail(f"{out}: expected a name that ends in .png or .svg")


def quoted(text):
    """A gnuplot string."""
    return "'" + text.replace("'", "''").replace("\n", " ") + "'"


def block(name, rows):
    """A named block of data: rows of numbers and texts."""
    cells = ("\t".join(f"{c:.9g}" if isinstance(c, float) else str(c) for c in row) for row in rows)
    return f"${name} << EOD\n" + "\n".join(cells) + "\nEOD\n"


def wide(values):
    """Spread over so many powers of ten that only a logarithmic axis shows it."""
    positive = [v for v in values if v > 0]
    return len(positive) == len(values) and bool(values) and max(positive) > 30 * min(positive)


def axis(name, values):
    """Sets up an axis for these values."""
    if not wide(values):
        return f"set format {name} '%g'\n"
    return (f"set logscale {name}\nset format {name} '10^{{%L}}'\n"
            f"set {name}range [{min(values) / 1.5:.6g}:{max(values) * 1.5:.6g}]\n")


def draw(out, script, size="900,600"):
    """Runs gnuplot; the file appears whole or not at all."""
    if shutil.which("gnuplot") is None:
        fail("gnuplot is missing: scripts/setup --plots installs it")
    kind = terminal(out, size)
    folder = os.path.dirname(os.path.abspath(out))
    if not os.path.isdir(folder):
        fail(f"{out}: no such folder")
    handle, path = tempfile.mkstemp(dir=folder, prefix=".plot-")
    os.close(handle)
    head = f"set encoding utf8\nset terminal {kind}\nset output {quoted(path)}\n"
    done = subprocess.run(["gnuplot"], input=head + script + "\nunset output\n", text=True,
                          capture_output=True, check=False)
    if done.returncode != 0 or os.path.getsize(path) == 0:
        os.unlink(path)
        print(done.stderr, file=sys.stderr)
        sys.exit(3)
    umask = os.umask(0)
    os.umask(umask)
    os.chmod(path, 0o666 & ~umask)
    os.replace(path, out)
    print(f"written to {out}")
