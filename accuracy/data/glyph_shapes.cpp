#include "glyph_shapes.hpp"

#include <algorithm>
#include <cmath>

namespace assay {

namespace {

// A straight stroke from (a, b) to (c, d), or the part of the ellipse around (a, b) with half-axes
// (c, d) between two angles in degrees. y grows downwards and angles clockwise; a sign fills
// x = -0.65 .. 0.65, y = -1 .. 1.
struct Piece {
    bool curved;
    double a, b, c, d, from, to;
};

constexpr Piece line(double x0, double y0, double x1, double y1) {
    return {false, x0, y0, x1, y1, 0, 0};
}

constexpr Piece arc(double x, double y, double rx, double ry, double from, double to) {
    return {true, x, y, rx, ry, from, to};
}

const std::vector<Piece> signs[glyph_classes] = {
    /* E */ {line(-0.6, -1, 0.6, -1), line(-0.6, -1, -0.6, 1), line(-0.6, 1, 0.6, 1),
             line(-0.6, 0, 0.45, 0)},
    /* F */ {line(-0.6, -1, 0.6, -1), line(-0.6, -1, -0.6, 1), line(-0.6, 0, 0.45, 0)},
    /* L */ {line(-0.6, -1, -0.6, 1), line(-0.6, 1, 0.6, 1)},
    /* b */ {line(-0.55, -1, -0.55, 1), arc(0, 0.45, 0.55, 0.55, 0, 360)},
    /* d */ {line(0.55, -1, 0.55, 1), arc(0, 0.45, 0.55, 0.55, 0, 360)},
    /* p */ {line(-0.55, -1, -0.55, 1), arc(0, -0.45, 0.55, 0.55, 0, 360)},
    /* q */ {line(0.55, -1, 0.55, 1), arc(0, -0.45, 0.55, 0.55, 0, 360)},
    /* 3 */ {arc(0, -0.5, 0.55, 0.5, -150, 90), arc(0, 0.5, 0.6, 0.5, -90, 150)},
    /* 8 */ {arc(0, -0.5, 0.52, 0.5, 0, 360), arc(0, 0.5, 0.58, 0.5, 0, 360)},
    /* S */ {arc(0, -0.5, 0.55, 0.5, -270, -30), arc(0, 0.5, 0.6, 0.5, -90, 150)},
    /* 2 */ {arc(0, -0.45, 0.55, 0.55, -170, 40), line(0.42, -0.1, -0.6, 1), line(-0.6, 1, 0.6, 1)},
    /* O */ {arc(0, 0, 0.65, 1, 0, 360)},
    /* Q */ {arc(0, 0, 0.65, 1, 0, 360), line(0.15, 0.45, 0.7, 1.05)},
    /* G */ {arc(0, 0, 0.65, 1, -360, -45), line(0.1, 0, 0.65, 0)},
    /* H */ {line(-0.6, -1, -0.6, 1), line(0.6, -1, 0.6, 1), line(-0.6, 0, 0.6, 0)},
    /* N */ {line(-0.6, -1, -0.6, 1), line(0.6, -1, 0.6, 1), line(-0.6, -1, 0.6, 1)},
};

struct Point {
    double x, y;
};

// Cosine and sine of -360 .. 360 degrees by their series around the nearest quarter turn.
Point direction(double degrees) {
    double quarters = degrees / 90;
    const int turns = static_cast<int>(quarters + (quarters < 0 ? -0.5 : 0.5));
    const double x = (quarters - turns) * 1.5707963267948966, s = x * x;
    const double cosine =
        1 - s / 2 * (1 - s / 12 * (1 - s / 30 * (1 - s / 56 * (1 - s / 90 * (1 - s / 132)))));
    const double sine =
        x * (1 - s / 6 * (1 - s / 20 * (1 - s / 42 * (1 - s / 72 * (1 - s / 110)))));
    switch (((turns % 4) + 4) % 4) {
    case 0:
        return {cosine, sine};
    case 1:
        return {-sine, cosine};
    case 2:
        return {-cosine, -sine};
    default:
        return {sine, -cosine};
    }
}

// One writer's hand: an affine map to pixels after a bend that straight lines show.
class Hand {
  public:
    Hand(double side, assay_rng& rng) {
        for (double& bend : bend_) {
            bend = between(rng, -0.13, 0.13);
        }
        const Point turn = direction(between(rng, -20, 20));
        const double slant = between(rng, -0.25, 0.25);
        const double height = side * between(rng, 0.27, 0.40);
        const double width = height * between(rng, 0.75, 1.15);
        xx_ = turn.x * width;
        xy_ = -turn.y * height + turn.x * slant * width;
        yx_ = turn.y * width;
        yy_ = turn.x * height + turn.y * slant * width;
        x_ = side * between(rng, 0.41, 0.59);
        y_ = side * between(rng, 0.41, 0.59);
    }

    Point pixel(Point p) const {
        const double x = p.x + bend_[0] * p.y * p.y + bend_[1] * p.x * p.y;
        const double y = p.y + bend_[2] * p.x * p.x + bend_[3] * p.x * p.y;
        return {x_ + xx_ * x + xy_ * y, y_ + yx_ * x + yy_ * y};
    }

  private:
    double bend_[4];
    double xx_, xy_, yx_, yy_, x_, y_;
};

// Point number i of `count` along a piece.
Point along(const Piece& piece, int i, int count) {
    const double t = static_cast<double>(i) / count;
    if (!piece.curved) {
        return {piece.a + (piece.c - piece.a) * t, piece.b + (piece.d - piece.b) * t};
    }
    const Point at = direction(piece.from + (piece.to - piece.from) * t);
    return {piece.a + piece.c * at.x, piece.b + piece.d * at.y};
}

} // namespace

std::vector<Segment> glyph_strokes(uint32_t sign, double side, assay_rng& rng) {
    const Hand hand(side, rng);
    std::vector<Segment> strokes;
    for (const Piece& piece : signs[sign]) {
        const double slip_x = between(rng, -0.07, 0.07);
        const double slip_y = between(rng, -0.07, 0.07);
        const int count = piece.curved ? 12 : 3;
        Point before{};
        for (int i = 0; i <= count; ++i) {
            const Point p = along(piece, i, count);
            const Point here = hand.pixel({p.x + slip_x, p.y + slip_y});
            if (i > 0) {
                strokes.push_back({before.x, before.y, here.x, here.y});
            }
            before = here;
        }
    }
    return strokes;
}

double stroke_distance(const std::vector<Segment>& strokes, double x, double y) {
    double nearest = 1e6;
    for (const Segment& s : strokes) {
        const double dx = s.x1 - s.x0, dy = s.y1 - s.y0, px = x - s.x0, py = y - s.y0;
        const double length = dx * dx + dy * dy;
        const double dot = px * dx + py * dy;
        const double t = dot <= 0 ? 0 : dot >= length ? 1 : dot / length;
        const double ex = px - t * dx, ey = py - t * dy;
        nearest = std::min(nearest, ex * ex + ey * ey);
    }
    return std::sqrt(nearest);
}

} // namespace assay
