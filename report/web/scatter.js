// Points in two metrics, with the front of those that no other one beats.

// Indices of the front among `rows`, in order of x. direction: -1 the less the better, +1 the more.
function paretoFront(rows, x, y, xBetter, yBetter) {
  const order =
      rows.filter((i) => x[i] !== null && y[i] !== null && isFinite(x[i]) && isFinite(y[i]))
          .sort((a, b) => (x[b] - x[a]) * xBetter || (y[b] - y[a]) * yBetter || a - b);
  const front = [];
  let best = -Infinity;
  for (const i of order) {
    if (y[i] * yBetter > best) {
      front.push(i);
      best = y[i] * yBetter;
    }
  }
  return front.sort((a, b) => x[a] - x[b]);
}

function limits(values, log) {
  let low = Infinity, high = -Infinity;
  for (const v of values) {
    if (v < low) low = v;
    if (v > high) high = v;
  }
  if (!isFinite(low)) return log ? [0.1, 1] : [0, 1];
  const pad =
      log ? Math.max(1.05, (high / low) ** 0.05) : (high - low || Math.abs(high) || 1) * 0.05;
  return log ? [low / pad, high * pad] : [low - pad, high + pad];
}

// Cells of points on the screen, so that the pointer finds the nearest one at once.
function pointIndex(px, py) {
  const cell = 24, cells = new Map();
  px.forEach((x, i) => {
    const key = `${Math.floor(x / cell)},${Math.floor(py[i] / cell)}`;
    if (!cells.has(key)) cells.set(key, []);
    cells.get(key).push(i);
  });
  return (x, y) => {
    let best = -1, distance = cell * cell;
    for (let a = -1; a <= 1; a++)
      for (let b = -1; b <= 1; b++) {
        for (const i of cells.get(`${Math.floor(x / cell) + a},${Math.floor(y / cell) + b}`) ||
             []) {
          const d = (px[i] - x) ** 2 + (py[i] - y) ** 2;
          if (d < distance) {
            distance = d;
            best = i;
          }
        }
      }
    return best;
  };
}

// Plain shapes beside the colour, so that groups are told apart in grey as well.
function mark(ctx, shape, x, y, r) {
  if (shape === 0) {
    ctx.moveTo(x + r, y);
    ctx.arc(x, y, r, 0, 7);
  } else if (shape === 1) ctx.rect(x - r * 0.88, y - r * 0.88, r * 1.76, r * 1.76);
  else if (shape === 2) {
    ctx.moveTo(x, y - r * 1.25);
    ctx.lineTo(x + r * 1.15, y + r);
    ctx.lineTo(x - r * 1.15, y + r);
    ctx.closePath();
  } else {
    ctx.moveTo(x, y - r * 1.3);
    ctx.lineTo(x + r * 1.3, y);
    ctx.lineTo(x, y + r * 1.3);
    ctx.lineTo(x - r * 1.3, y);
    ctx.closePath();
  }
}

// The points of a spec that have a place on its axes, in order of x.
function placed(spec) {
  const fits = (v, log) => v !== null && isFinite(v) && (!log || v > 0);
  const rows = spec.rows.filter((i) => fits(spec.x[i], spec.xLog) && fits(spec.y[i], spec.yLog))
                   .sort((a, b) => spec.x[a] - spec.x[b]);
  return {
    rows,
    xs: rows.map((i) => spec.x[i]),
    ys: rows.map((i) => spec.y[i]),
    place: new Map(rows.map((i, k) => [i, k])),
    at: -1,
    find: null,
  };
}

// Points of one look in one path: thousands of fills would take a second.
function byLook(spec, rows) {
  const groups = new Map();
  rows.forEach((i, k) => {
    const key = `${spec.colour(i)}|${spec.shape ? spec.shape(i) : 0}`;
    if (!groups.has(key)) groups.set(key, []);
    groups.get(key).push(k);
  });
  return [...groups].map(([key, list]) => [...key.split("|"), list]);
}

function drawPoints(u, spec, p) {
  const {ctx} = u, scale = devicePixelRatio, many = p.rows.length;
  const r = (many > 3000 ? 2.2 : many > 300 ? 3 : 4.2) * scale;
  const px = p.xs.map((v) => u.valToPos(v, "x", true));
  const py = p.ys.map((v) => u.valToPos(v, "y", true));
  ctx.save();
  ctx.beginPath();
  ctx.rect(u.bbox.left, u.bbox.top, u.bbox.width, u.bbox.height);
  ctx.clip();
  ctx.globalAlpha = many > 300 ? 0.62 : 0.85;
  for (const [colour, shape, list] of byLook(spec, p.rows)) {
    ctx.beginPath();
    list.forEach((k) => mark(ctx, Number(shape), px[k], py[k], r));
    ctx.fillStyle = css(colour);
    ctx.fill();
  }
  ctx.globalAlpha = 1;
  drawFront(ctx, spec, px, py, p.place, r, scale);
  if (p.at >= 0) ring(ctx, px[p.at], py[p.at], r + 4 * scale, 2 * scale);
  ctx.restore();
  p.find =
      pointIndex(px.map((v) => (v - u.bbox.left) / scale), py.map((v) => (v - u.bbox.top) / scale));
}

function ring(ctx, x, y, r, width) {
  ctx.beginPath();
  ctx.arc(x, y, r, 0, 7);
  ctx.lineWidth = width;
  ctx.strokeStyle = css("--text");
  ctx.stroke();
}

function pointAt(u, spec, p, k) {
  if (k !== p.at) {
    p.at = k;
    u.redraw(false, false);
  }
  if (k < 0) return hideTip();
  const box = u.over.getBoundingClientRect();
  const [heading, lines] = spec.about(p.rows[k]);
  return showTip(
      box.left + u.valToPos(p.xs[k], "x"), box.top + u.valToPos(p.ys[k], "y"), heading, lines);
}

function walkPoints(u, e, spec, p) {
  const step = {ArrowRight: 1, ArrowLeft: -1, PageDown: 50, PageUp: -50}[e.key];
  if (!step || !p.rows.length) return;
  e.preventDefault();
  pointAt(u, spec, p, Math.max(0, Math.min(p.rows.length - 1, p.at < 0 ? 0 : p.at + step)));
}

function scatterAxis(m, log, size) {
  return axisStyle(
      withUnit(m), (log ? logValues : axisValues)(m), {size, filter: (u, ticks) => ticks});
}

function scatterOptions(spec, p) {
  const scale = (values, log) =>
      ({time: false, distr: log ? 3 : 1, range: (u, a, b) => zoomed(u, a, b, values, log)});
  return {
    cursor: {x: false, y: false, points: {show: false}, drag: {x: true, y: true, uni: 12}},
    scales: {x: scale(p.xs, spec.xLog), y: scale(p.ys, spec.yLog)},
    axes: [scatterAxis(spec.xMetric, spec.xLog, 30), scatterAxis(spec.yMetric, spec.yLog, 68)],
    series: [{}, {paths: () => null, points: {show: false}}],
    hooks: {
      draw: [(u) => drawPoints(u, spec, p)],
      setCursor:
          [(u) => p.find && u.cursor.left >= 0 &&
               pointAt(u, spec, p, p.find(u.cursor.left, u.cursor.top))],
      ready: [(u) => u.over.addEventListener("pointerleave", () => pointAt(u, spec, p, -1))],
    },
  };
}

// spec: {label, rows: indices, x, y: values by index, xMetric, yMetric, xLog, yLog, colour(i),
// shape(i), front: indices, stepFirstY, about(i): [heading, lines]}
function scatter(spec, height = 420) {
  const p = placed(spec);
  const label = `${spec.label}; ${p.rows.length} points; arrow keys go from point to point`;
  return plot(
      label, height, () => [scatterOptions(spec, p), [p.xs, p.ys]],
      (u, e) => walkPoints(u, e, spec, p));
}

// uPlot asks for a range with the data's limits; a dragged zoom comes as given.
function zoomed(u, low, high, values, log) {
  return u.select && u.select.width > 0 && low !== null ? [low, high] : limits(values, log);
}

function drawFront(ctx, spec, px, py, place, r, scale) {
  const front = (spec.front || []).map((i) => place.get(i)).filter((k) => k !== undefined);
  if (!front.length) return;
  ctx.strokeStyle = css("--text");
  ctx.lineWidth = 1.5 * scale;
  ctx.setLineDash([]);
  ctx.beginPath();
  // A step: between two points of the front nothing better is known.
  front.forEach((k, n) => {
    if (n === 0) return ctx.moveTo(px[k], py[k]);
    ctx.lineTo(
        spec.stepFirstY ? px[front[n - 1]] : px[k], spec.stepFirstY ? py[k] : py[front[n - 1]]);
    return ctx.lineTo(px[k], py[k]);
  });
  ctx.stroke();
  ctx.beginPath();
  front.forEach((k) => mark(ctx, 0, px[k], py[k], r + 1.2 * scale));
  ctx.stroke();
}
