// Rows of stacked bars: name, bar, number.

// rows: [{name, parts: {key: value}, click}]; keys in the order of stacking.
function stackedBars({rows, keys, palette, show, label, share}) {
  const most = Math.max(...rows.map((row) => sum(Object.values(row.parts))), 0) || 1;
  const items = rows.map((row) => barRow(row, keys, palette, show, share, most));
  return barList(label, items);
}

// Tracks are equally long in all rows of a list: names and numbers get the room of the longest.
function barList(label, items) {
  const longest = (kind) =>
      Math.max(...items.map((item) => item.querySelector(kind).textContent.length), 1);
  return rove(
      el("ul", {
        class: "bars",
        "aria-label": label,
        style: {
          "--name": `${Math.min(26, longest(".bar-name"))}ch`,
          "--value": `${longest(".bar-value")}ch`
        }
      },
         items.map((item) => el("li", {}, item))),
      items);
}

function barRow(row, keys, palette, show, share, most) {
  const total = sum(Object.values(row.parts));
  const scale = share ? total || 1 : most;
  const item =
      el("div", {
        class: "bar-row",
        role: row.click ? "button" : "img",
        "aria-label": `${row.name}: ${show(total)}${row.click ? ", opens details" : ""}`
      },
         el("span", {class: "bar-name", title: row.name}, row.name),
         el("span", {class: "bar-track"},
            keys.filter((key) => row.parts[key] > 0)
                .map((key) => el("i", {
                       style: {width: `${100 * row.parts[key] / scale}%`, background: palette[key]}
                     }))),
         el("span", {class: "bar-value"}, show(total)));
  hint(
      item, row.name,
      () => [["total", show(total)]].concat(
          keys.filter((key) => row.parts[key] > 0)
              .sort((a, b) => row.parts[b] - row.parts[a])
              .slice(0, 12)
              .map(
                  (key) =>
                      [words(key), `${show(row.parts[key])}  (${percent(row.parts[key] / total)})`,
                       palette[key]])));
  return row.click ? clickable(item, row.click) : item;
}

// A card of stacked bars with its legend; by share or absolute, in order or sorted.
function barCard({title, note, rows, show, label}) {
  const names = [];
  rows.forEach((row) => Object.keys(row.parts).forEach((key) => {
    if (row.parts[key] > 0 && !names.includes(key)) names.push(key);
  }));
  const palette = colours(names);
  const state = {share: false, sorted: false};
  const body = el("div", {});
  const size = (row) => sum(Object.values(row.parts));
  const draw = () =>
      clear(body, stackedBars({
              rows: state.sorted ? [...rows].sort((a, b) => size(b) - size(a)) : rows,
              keys: names,
              palette,
              show,
              label,
              share: state.share
            }));
  draw();
  return card(title, note, el("div", {class: "controls"}, checkbox("as shares", false, (v) => {
                                state.share = v;
                                draw();
                              }), checkbox("largest first", false, (v) => {
                                state.sorted = v;
                                draw();
                              })), legend(names.map((name) => [words(name), palette[name]])), body);
}

// One row per name: what a whole is made of.
function partsCard({title, note, parts, show}) {
  const names =
      Object.keys(parts).filter((name) => parts[name] > 0).sort((a, b) => parts[b] - parts[a]);
  const palette = colours(names);
  const total = sum(names.map((name) => parts[name]));
  if (!names.length) return null;
  const rows = names.map((name) => ({name: words(name), parts: {[name]: parts[name]}}));
  return card(title, note, stackedBars({
                rows,
                keys: names,
                palette,
                label: title,
                show: (v) => `${show(v)} · ${percent(v / total, 2)}`
              }));
}
