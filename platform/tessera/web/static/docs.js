"use strict";
// Renders /api/v1/openapi.json. Everything goes in as text nodes; nothing of the document becomes HTML.

const state = { key: sessionStorage.getItem("tessera_key") || "", csrf: "", document: null };
const METHODS = ["get", "post", "put", "patch", "delete"];
const byId = (id) => document.getElementById(id);

function make(tag, options = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(options)) {
    if (name === "text") element.textContent = value;
    else if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value !== undefined && value !== false) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

function prose(text, options) {
  const box = make("p", options);
  text.split(/(`[^`]*`)/).forEach((part) => {
    box.append(part.startsWith("`") && part.length > 1 ? make("code", { text: part.slice(1, -1) }) : part);
  });
  return box;
}

function resolved(schema) {
  if (!schema || !schema.$ref) return schema || {};
  return state.document.components.schemas[schema.$ref.split("/").pop()] || {};
}

function typeOf(schema) {
  if (schema.$ref) return schema.$ref.split("/").pop();
  if (schema.enum) return schema.enum.map((each) => JSON.stringify(each)).join(" | ");
  if (schema.anyOf) return schema.anyOf.map(typeOf).join(" | ");
  const kind = [].concat(schema.type || "any").join(" | ");
  if (schema.type === "array") return "list of " + typeOf(schema.items || {});
  return schema.format ? kind + " (" + schema.format + ")" : kind;
}

function exampleOf(schema, depth = 0) {
  const real = resolved(schema);
  if (real.example !== undefined) return real.example;
  if (real.enum) return real.enum[0];
  if (real.anyOf) return exampleOf(real.anyOf[0], depth);
  const kind = [].concat(real.type || "string")[0];
  if (kind === "object") {
    const made = {};
    if (depth > 3) return made;
    const needed = real.required || Object.keys(real.properties || {}).slice(0, 8);
    for (const [name, each] of Object.entries(real.properties || {})) {
      if (!each.readOnly && needed.includes(name)) made[name] = exampleOf(each, depth + 1);
    }
    return made;
  }
  if (kind === "array") return depth > 3 ? [] : [exampleOf(real.items || {}, depth + 1)];
  if (kind === "integer" || kind === "number") return real.minimum || 1;
  if (kind === "boolean") return true;
  const formats = { decimal: "12.30", date: "2026-01-31", "date-time": "2026-01-31T08:00:00Z", time: "08:00:00" };
  return formats[real.format] || "text";
}

function table(heads, rows) {
  const head = make("tr", {}, ...heads.map((text) => make("th", { text, scope: "col" })));
  const body = rows.map((cells) => make("tr", {}, ...cells.map((cell) =>
    make("td", {}, typeof cell === "string" ? document.createTextNode(cell) : cell))));
  return make("div", { class: "scroll", tabindex: "0" }, make("table", {}, make("thead", {}, head), make("tbody", {}, ...body)));
}

function propertiesOf(schema) {
  const real = resolved(schema);
  const needed = new Set(real.required || []);
  return Object.entries(real.properties || {}).map(([name, each]) => [
    make("code", { text: name + (needed.has(name) ? " *" : "") }), typeOf(each), each.title || each.description || resolved(each).title || "",
  ]);
}

function jsonSchemaOf(holder) {
  const content = (holder && holder.content) || {};
  const type = Object.keys(content)[0];
  return type ? { type, schema: content[type].schema } : null;
}

function detailOf(method, path, operation) {
  const box = make("div", { class: "detail" });
  if (operation.description) box.append(prose(operation.description, { class: "text" }));
  const parameters = operation.parameters || [];
  if (parameters.length) {
    box.append(make("h3", { text: "Parameters" }), table(["Name", "In", "Type", ""], parameters.map((each) => [
      make("code", { text: each.name + (each.required ? " *" : "") }), each.in, typeOf(each.schema), each.description || "",
    ])));
  }
  const body = jsonSchemaOf(operation.requestBody);
  if (body) {
    const rows = propertiesOf(body.schema);
    box.append(make("h3", { text: "Body: " + typeOf(body.schema) + ", " + body.type }));
    if (rows.length) box.append(table(["Field", "Type", ""], rows));
  }
  box.append(make("h3", { text: "Answers" }), table(["Status", "", "Type"], Object.entries(operation.responses).map(
    ([status, answer]) => {
      const content = jsonSchemaOf(answer);
      return [make("span", { class: "status " + (status < "400" ? "good" : "bad"), text: status }), answer.description, content ? typeOf(content.schema) : ""];
    })));
  box.append(tryOf(method, path, operation, parameters, body));
  return box;
}

function tryOf(method, path, operation, parameters, body) {
  const inputs = new Map();
  const fields = parameters.filter((each) => each.in !== "header").map((each) => {
    const input = make("input", { name: each.name, required: each.required, placeholder: each.example || "", autocomplete: "off" });
    inputs.set(each, input);
    return make("label", {}, each.name + (each.required ? " *" : ""), input);
  });
  const isUpload = body && body.type.startsWith("multipart");
  const editor = !body ? null : isUpload ? make("input", { type: "file", "aria-label": "File" })
    : make("textarea", { "aria-label": "Body", spellcheck: "false" });
  if (editor && !isUpload) editor.value = JSON.stringify(exampleOf(body.schema), null, 2);
  const output = make("div", { "aria-live": "polite" });
  const send = make("button", { type: "submit", class: "primary", text: "Send " + method.toUpperCase() });
  const form = make("form", { class: "try", onsubmit: (event) => {
    event.preventDefault();
    send.disabled = true;
    run(method, path, inputs, editor, isUpload).then((nodes) => output.replaceChildren(...nodes)).finally(() => { send.disabled = false; });
  } }, make("h3", { text: "Try it" }), make("div", { class: "fields" }, ...fields), editor, make("div", { class: "row end" }, send), output);
  return form;
}

async function run(method, path, inputs, editor, isUpload) {
  let address = path;
  const query = new URLSearchParams();
  for (const [each, input] of inputs) {
    if (each.in === "path") address = address.replace("{" + each.name + "}", encodeURIComponent(input.value));
    else if (input.value !== "") query.set(each.name, input.value);
  }
  const text = query.toString();
  const headers = headersOf();
  let body;
  if (isUpload) {
    body = new FormData();
    if (editor.files[0]) body.append("file", editor.files[0]);
  } else if (editor) {
    headers["Content-Type"] = "application/json";
    body = editor.value;
  }
  const started = performance.now();
  try {
    const answer = await fetch(address + (text ? "?" + text : ""), { method: method.toUpperCase(), headers, body });
    const raw = await answer.text();
    const took = Math.round(performance.now() - started);
    const head = make("p", {}, make("span", { class: "status " + (answer.ok ? "good" : "bad"), text: answer.status + " " + answer.statusText }),
      make("span", { class: "quiet", text: "  " + took + " ms" + (answer.headers.get("ETag") ? ", ETag " + answer.headers.get("ETag") : "") }));
    return [head, make("pre", { tabindex: "0", text: pretty(raw) })];
  } catch (error) {
    return [make("p", { class: "error", text: "No answer: " + error.message })];
  }
}

function pretty(raw) {
  try { return JSON.stringify(JSON.parse(raw), null, 2).slice(0, 200000); } catch { return raw.slice(0, 200000); }
}

function headersOf() {
  const headers = {};
  if (state.key) headers.Authorization = "Bearer " + state.key;
  if (state.csrf) headers["X-CSRF-Token"] = state.csrf;
  return headers;
}

function operationOf(method, path, operation) {
  const summary = make("summary", {}, make("span", { class: "method " + method, text: method.toUpperCase() }),
    make("span", { class: "path", text: path }), make("span", { class: "summary", text: operation.summary || "" }));
  const details = make("details", { class: "operation", id: operation.operationId }, summary);
  details.addEventListener("toggle", () => {
    if (details.open && details.childElementCount === 1) details.append(detailOf(method, path, operation));
  });
  details.dataset.words = (method + " " + path + " " + (operation.summary || "")).toLowerCase();
  return details;
}

function show(spec) {
  state.document = spec;
  const groups = new Map(spec.tags.map((tag) => [tag.name, []]));
  for (const [path, methods] of Object.entries(spec.paths)) {
    for (const method of METHODS) {
      if (!methods[method]) continue;
      const tag = methods[method].tags[0];
      if (!groups.has(tag)) groups.set(tag, []);
      groups.get(tag).push(operationOf(method, path, methods[method]));
    }
  }
  const content = [make("h1", { text: spec.info.title + " API" })];
  spec.info.description.split("\n\n").forEach((part) => content.push(prose(part.replaceAll("\n", " "), { class: "about" })));
  const links = [];
  for (const [name, operations] of groups) {
    if (!operations.length) continue;
    const tag = spec.tags.find((each) => each.name === name) || {};
    const id = "section-" + name;
    links.push(make("a", { href: "#" + id }, tag.description || name, make("span", { text: String(operations.length) })));
    const title = tag.description ? tag.description + " · " + name : name;
    content.push(make("section", { "aria-labelledby": id }, make("h2", { id, text: title }), ...operations));
  }
  byId("side").replaceChildren(...links);
  byId("content").replaceChildren(...content);
  const wanted = location.hash && byId(location.hash.slice(1));
  if (wanted) { if (wanted.tagName === "DETAILS") wanted.open = true; wanted.scrollIntoView(); }
}

function find(words) {
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
  document.querySelectorAll("section").forEach((section) => {
    let shown = 0;
    section.querySelectorAll(".operation").forEach((each) => {
      each.hidden = !wanted.every((word) => each.dataset.words.includes(word));
      shown += each.hidden ? 0 : 1;
    });
    section.hidden = shown === 0;
  });
}

async function load() {
  const me = await fetch("/api/v1/auth/me", { headers: headersOf() });
  byId("access").textContent = "Sign in";
  if (!me.ok) {
    const button = make("button", { type: "button", class: "primary", text: "Use an API key or sign in", onclick: open });
    byId("content").replaceChildren(make("h1", { text: "Tessera API" }),
      make("p", { class: "about", text: "The endpoints depend on the workspace and on what you may see, so this page asks who you are." }),
      make("p", {}, button));
    byId("side").replaceChildren();
    return false;
  }
  const who = await me.json();
  state.csrf = who.csrf_token || "";
  byId("access").textContent = who.user.name;
  const spec = await fetch("/api/v1/openapi.json", { headers: headersOf() });
  if (spec.ok) show(await spec.json());
  else byId("content").replaceChildren(make("p", { class: "error", text: "The document could not be read: " + spec.status }));
  return true;
}

function open() {
  byId("key").value = state.key;
  byId("key-error").textContent = "";
  byId("dialog").showModal();
}

async function use(event) {
  event.preventDefault();
  state.key = byId("key").value.trim();
  sessionStorage.setItem("tessera_key", state.key);
  const name = byId("user").value;
  if (!state.key && name) {
    const answer = await fetch("/api/v1/auth/login", { method: "POST", headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ name, password: byId("password").value }) });
    byId("password").value = "";
    if (!answer.ok) { byId("key-error").textContent = (await answer.json()).detail; return; }
  }
  if (await load()) byId("dialog").close();
  else byId("key-error").textContent = "That key is not valid.";
}

function setTheme(name) {
  document.documentElement.dataset.theme = name;
  localStorage.setItem("tessera_theme", name);
}

setTheme(localStorage.getItem("tessera_theme") || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light"));
byId("theme").addEventListener("click", () => setTheme(document.documentElement.dataset.theme === "dark" ? "light" : "dark"));
byId("access").addEventListener("click", open);
byId("cancel").addEventListener("click", () => byId("dialog").close());
byId("key-form").addEventListener("submit", use);
byId("search").addEventListener("input", (event) => find(event.target.value));
byId("menu").addEventListener("click", () => {
  byId("menu").setAttribute("aria-expanded", String(byId("side").classList.toggle("open")));
});
byId("side").addEventListener("click", () => byId("side").classList.remove("open"));
document.addEventListener("keydown", (event) => {
  if (event.key === "/" && !/INPUT|TEXTAREA/.test(event.target.tagName)) { event.preventDefault(); byId("search").focus(); }
});
load().catch((error) => byId("content").replaceChildren(make("p", { class: "error", text: "The page could not be loaded: " + error.message })));
