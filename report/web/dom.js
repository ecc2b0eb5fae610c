// Elements. Text of inputs only ever goes through text nodes and attributes.
const SVG = "http://www.w3.org/2000/svg";

function fill(node, attributes, children) {
  for (const [key, value] of Object.entries(attributes || {})) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else if (key === "style")
      for (const [k, v] of Object.entries(value)) node.style.setProperty(k, v);
    else node.setAttribute(key, value === true ? "" : value);
  }
  for (const child of children.flat(3)) {
    if (child !== null && child !== undefined && child !== false) node.append(child);
  }
  return node;
}

const el = (tag, attributes, ...children) =>
    fill(document.createElement(tag), attributes, children);
const svg = (tag, attributes, ...children) =>
    fill(document.createElementNS(SVG, tag), attributes, children);
const clear = (node, ...children) => {
  node.replaceChildren(...children.flat(3).filter(Boolean));
  return node;
};

let ids = 0;
const freshId = (stem) => `${stem}-${++ids}`;

function select(label, options, value, change) {
  const id = freshId("select");
  const box =
      el("select", {id, onchange: () => change(box.value)},
         options.map(
             ([key, text]) =>
                 el("option", {value: key, selected: String(key) === String(value)}, text)));
  return el("span", {class: "control"}, el("label", { for: id
            }, label), box);
}

function checkbox(label, value, change) {
  const box = el("input", {type: "checkbox", checked: value, onchange: () => change(box.checked)});
  return el("label", {class: "control check"}, box, label);
}

function card(title, note, ...children) {
  const id = freshId("card");
  return el(
      "section", {class: "card", "aria-labelledby": id}, el("h3", {id}, title),
      note ? el("p", {class: "hint"}, note) : null, children);
}

function section(id, title, about, ...children) {
  return el(
      "section", {id, class: "part", "aria-labelledby": `${id}-title`},
      el("h2", {id: `${id}-title`}, title), about ? el("p", {class: "about"}, about) : null,
      children);
}

function legend(entries) {
  return el(
      "ul", {class: "legend"},
      entries.map(
          ([name, colour, shape]) =>
              el("li", {}, el("span", {class: `key ${shape || ""}`, style: {background: colour}}),
                 name)));
}

// Drawn anew for every width that it gets.
function responsive(draw, height) {
  const holder = el("div", {class: "figure", style: {"min-height": `${height}px`}});
  let width = 0;
  new ResizeObserver(([entry]) => {
    const now = Math.floor(entry.contentRect.width);
    if (now && now !== width) {
      width = now;
      clear(holder, draw(width));
    }
  }).observe(holder);
  return holder;
}

// ---- The tooltip: [[label, value], ...] below a heading ----
const tip = document.getElementById("tip");

function showTip(x, y, heading, lines) {
  clear(
      tip, el("strong", {}, heading),
      lines.length ?
          el("dl", {},
             lines.map(
                 ([k, v, colour]) =>
                     [el("dt", {},
                         colour ? el("span", {class: "key", style: {background: colour}}) : null,
                         k),
                      el("dd", {}, v)])) :
          null);
  tip.hidden = false;
  const box = tip.getBoundingClientRect();
  const left = Math.max(8, Math.min(x + 14, window.innerWidth - box.width - 8));
  const below = y + 16 + box.height < window.innerHeight;
  tip.style.left = `${left}px`;
  tip.style.top = `${Math.max(8, below ? y + 16 : y - box.height - 12)}px`;
}

function hideTip() { tip.hidden = true; }

// Shows `lines()` under the pointer and for the focused element alike.
function hint(node, heading, lines) {
  node.addEventListener("pointermove", (e) => showTip(e.clientX, e.clientY, heading, lines()));
  node.addEventListener("pointerleave", hideTip);
  node.addEventListener("focus", () => {
    if (!node.matches(":focus-visible")) return;
    const box = node.getBoundingClientRect();
    showTip(box.left + Math.min(box.width / 2, 200), box.bottom - 8, heading, lines());
  });
  node.addEventListener("blur", hideTip);
  return node;
}

// One stop for the Tab key; arrows, Home and End move among the items.
function rove(group, items) {
  items.forEach((item, i) => {
    item.setAttribute("tabindex", i === 0 ? "0" : "-1");
    item.addEventListener("keydown", (e) => {
      const step = {ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1}[e.key];
      const to = e.key === "Home" ? 0 : e.key === "End" ? items.length - 1 : step ? i + step : -1;
      if (to < 0 || to >= items.length) return;
      e.preventDefault();
      item.setAttribute("tabindex", "-1");
      items[to].setAttribute("tabindex", "0");
      items[to].focus();
    });
  });
  return group;
}

// Enter and Space do what a click does.
function clickable(node, action) {
  node.addEventListener("click", action);
  node.addEventListener("keydown", (e) => {
    if (e.key === "Enter" || e.key === " ") {
      e.preventDefault();
      action(e);
    }
  });
  return node;
}
