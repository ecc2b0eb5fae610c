// Tables that sort by a click on a heading, a page at a time.
const PAGE_ROWS = 100;

// columns: [{name, unit, get(row), show(value), text: bool}]
function sortTable({caption, columns, rows, click, sort}) {
  const state = {by: sort ?? -1, down: false, shown: PAGE_ROWS};
  const body = el("tbody"), more = el("button", {type: "button", class: "quiet more"});
  const heads = columns.map(
      (column, i) =>
          el("th", {scope: "col", class: column.text ? "text" : "number"},
             el("button", {type: "button", onclick: () => turn(i)}, column.name,
                column.unit ? el("small", {}, ` ${column.unit}`) : null)));
  const turn = (i) => {
    state.down = state.by === i ? !state.down : !columns[i].text;
    state.by = i;
    draw();
  };
  const order = () => {
    if (state.by < 0) return rows;
    const {get} = columns[state.by], sign = state.down ? -1 : 1;
    const empty = (v) => v === null || v === undefined || v === "" || Number.isNaN(v);
    return [...rows].sort((a, b) => {
      const left = get(a), right = get(b);
      if (empty(left) || empty(right)) return empty(left) - empty(right);
      return sign *
          (typeof left === "string" || typeof right === "string" ?
               String(left).localeCompare(String(right), "en", {numeric: true}) :
               left - right);
    });
  };
  const draw = () => {
    heads.forEach(
        (head, i) => head.setAttribute(
            "aria-sort", state.by === i ? (state.down ? "descending" : "ascending") : "none"));
    clear(body, order().slice(0, state.shown).map((row) => tableRow(columns, row, click)));
    more.hidden = rows.length <= state.shown;
    more.textContent = `Show ${Math.min(PAGE_ROWS * 5, rows.length - state.shown)} more of ${
        group(rows.length)} rows`;
  };
  more.addEventListener("click", () => {
    state.shown += PAGE_ROWS * 5;
    draw();
  });
  draw();
  return el(
      "div", {},
      el("div", {class: "scroll", tabindex: "0", role: "region", "aria-label": caption},
         el("table", {}, el("caption", {}, caption), el("thead", {}, el("tr", {}, heads)), body)),
      more);
}

function tableRow(columns, row, click) {
  const cells = columns.map((column, i) => {
    const value = column.get(row);
    const text = value === null || value === undefined || value === "" ? NONE :
        column.show                                                    ? column.show(value, row) :
                                                                         String(value);
    const inner = i === 0 && click ?
        el("button", {type: "button", class: "link", onclick: () => click(row)}, text) :
        text;
    return el(
        i === 0 ? "th" : "td",
        {scope: i === 0 ? "row" : null, class: column.text ? "text" : "number"}, inner);
  });
  return el("tr", {}, cells);
}

// Two columns without headings.
function pairs(entries) {
  return el(
      "table", {class: "pairs"},
      el("tbody", {},
         entries.map(
             ([name, value]) =>
                 el("tr", {}, el("th", {scope: "row", class: "text"}, name),
                    el("td", {class: "number"}, value)))));
}
