// Numbers and texts as people read them. Whatever comes from a file becomes text, never markup.

const byId = (id) => document.getElementById(id);

// An element with attributes and children; strings become text.
function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "onclick") element.addEventListener("click", value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

const whole = (value) => Math.round(value).toLocaleString("en-US");
const percent = (share) => (Number.isFinite(share) ? `${(100 * share).toFixed(share > 0.999 && share < 1 ? 2 : 1)} %` : "–");
const plural = (count, what) => `${whole(count)} ${what}${count === 1 ? "" : "s"}`;
const fixed = (value, digits) => (Number.isFinite(value) ? value.toFixed(digits) : "–");
const signed = (value, digits) => (Number.isFinite(value) ? `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(digits)}` : "–");
const kmhOf = (mph) => mph * 1.609344;

function lapTime(seconds) {
  if (!Number.isFinite(seconds)) return "–";
  const minutes = Math.floor(seconds / 60);
  return `${minutes}:${(seconds - 60 * minutes).toFixed(3).padStart(6, "0")}`;
}

function duration(seconds) {
  if (seconds < 100) return `${seconds.toFixed(seconds < 10 ? 1 : 0)} s`;
  if (seconds < 3600) return `${Math.round(seconds / 60)} min`;
  return `${Math.floor(seconds / 3600)} h ${Math.round((seconds % 3600) / 60)} min`;
}

function gearName(gear) {
  if (gear < 0) return "R";
  return gear === 0 ? "N" : String(gear);
}

function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

// A short word at the bottom of the page, also for those who hear it.
let saidTimer = 0;
function say(words) {
  const place = byId("said");
  place.textContent = words;
  place.classList.add("shown");
  clearTimeout(saidTimer);
  saidTimer = setTimeout(() => place.classList.remove("shown"), 2500);
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    copyBySelection(text); // a browser that keeps its clipboard from pages opened as a file
  }
  say(`Copied: ${text}`);
}

function copyBySelection(text) {
  const before = document.activeElement;
  const area = make("textarea", { readonly: true, style: "position:fixed;opacity:0" });
  area.value = text;
  document.body.append(area);
  area.select();
  document.execCommand("copy");
  area.remove();
  before?.focus();
}
