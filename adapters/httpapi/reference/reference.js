"use strict";
// Renders /api/v1/openapi.json. Text only ever becomes text: nothing in the document is taken for markup.
(async () => {
  const $ = (id) => document.getElementById(id);
  const el = (tag, attrs, ...children) => {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attrs || {})) node.setAttribute(name, value);
    node.append(...children.filter((c) => c !== null && c !== undefined && c !== ""));
    return node;
  };

  let doc;
  try {
    const response = await fetch("/api/v1/openapi.json");
    if (!response.ok) throw new Error(String(response.status));
    doc = await response.json();
  } catch (error) {
    $("intro").textContent = "The API description could not be loaded (" + error.message + "). Reload the page to try again.";
    return;
  }

  const resolve = (s) => (s && s.$ref ? doc.components.schemas[s.$ref.split("/").pop()] : s || {});
  const nameOf = (s) => (s && s.$ref ? s.$ref.split("/").pop() : "");
  const kind = (s) => (Array.isArray(s.type) ? s.type.join(" or ") : s.type);

  const typeOf = (schema) => {
    const s = resolve(schema);
    if (s.type === "array") return "array of " + typeOf(s.items);
    if (nameOf(schema)) return nameOf(schema);
    if (s.contentEncoding) return kind(s) + " (" + s.contentEncoding + ")";
    if (s.type === "object") return "map";
    return (kind(s) || "any") + (s.format ? " (" + s.format + ")" : "");
  };

  const bounds = (s) => {
    const out = [];
    if (s.enum) out.push("one of " + s.enum.join(", "));
    if (s.pattern) out.push("matches " + s.pattern);
    if (s.minimum !== undefined) out.push("at least " + s.minimum);
    if (s.maximum !== undefined) out.push("at most " + s.maximum);
    if (s.maxLength !== undefined) out.push("at most " + s.maxLength + " characters");
    if (s.default !== undefined) out.push("default " + s.default);
    return out.join("; ");
  };

  const row = (name, schema, required, description) => {
    const s = resolve(schema);
    return el("tr", {},
      el("td", {}, name, required ? el("span", { class: "required" }, " required") : ""),
      el("td", {}, el("span", { class: "type" }, typeOf(schema)), " ", description || "", bounds(s) ? el("div", { class: "type" }, bounds(s)) : ""));
  };

  const inner = (schema) => {
    const s = resolve(schema);
    return s.type === "array" ? inner(s.items) : s;
  };

  const fields = (schema, seen) => {
    const s = inner(schema);
    if (!s.properties) return el("p", { class: "type" }, typeOf(schema));
    const box = el("div", {});
    const table = el("table", {});
    box.append(table);
    for (const [name, p] of Object.entries(s.properties)) {
      table.append(row(name, p, (s.required || []).includes(name), p.description));
      const below = inner(p);
      if (below.properties && !seen.includes(below)) {
        box.append(el("details", { class: "nested" }, el("summary", {}, name), fields(p, seen.concat(below))));
      }
    }
    return box;
  };

  const example = (schema, depth) => {
    const s = resolve(schema);
    if (s.examples && s.examples.length) return s.examples[0];
    if (s.default !== undefined) return s.default;
    if (s.enum) return s.enum[0];
    if (depth > 4) return null;
    if (s.type === "object") {
      const out = {};
      for (const name of s.required || []) out[name] = example(s.properties[name], depth + 1);
      return out;
    }
    if (s.type === "array") return [];
    if (s.type === "string") return "string";
    if (s.type === "boolean") return true;
    return 0;
  };

  const quote = (text) => "'" + text.replaceAll("'", "'\\''") + "'";
  const curl = (method, path, op) => {
    const lines = ["curl" + (method === "GET" ? "" : " -X " + method) + " " + quote(location.origin + path)];
    if (op.security) lines.push('-H "Authorization: Bearer $TOKEN"');
    const body = op.requestBody && op.requestBody.content["application/json"];
    if (body) lines.push("-H 'Content-Type: application/json'", "-d " + quote(JSON.stringify(example(body.schema, 0))));
    return lines.join(" \\\n  ");
  };

  const command = (text) => {
    const button = el("button", { type: "button" }, "Copy");
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(text);
        button.textContent = "Copied";
      } catch {
        button.textContent = "Select and copy";
      }
    });
    return el("pre", {}, button, text);
  };

  const article = (method, path, op) => {
    const node = el("article", { id: op.operationId },
      el("h3", {}, op.summary),
      el("div", { class: "path" }, el("span", { class: "method " + method }, method), path, el("span", { class: "lock" }, op.security ? "access token" : "public")));
    if (op.description) node.append(el("p", {}, op.description));
    if (op.parameters) {
      const table = el("table", {});
      for (const p of op.parameters) table.append(row(p.name + " (" + p.in + ")", p.schema, p.required, p.description));
      node.append(el("h4", {}, "Parameters"), table);
    }
    if (op.requestBody) {
      const schema = op.requestBody.content["application/json"].schema;
      node.append(el("h4", {}, "Body: " + typeOf(schema)), el("p", {}, op.requestBody.description || ""), fields(schema, []));
    }
    node.append(el("h4", {}, "Answers"));
    for (const [status, r] of Object.entries(op.responses)) {
      const content = Object.entries(r.content || {})[0];
      if (!content || content[0].includes("problem")) {
        node.append(el("div", { class: "type" }, status + "  " + r.description));
        continue;
      }
      node.append(el("details", status.startsWith("2") ? { open: "" } : {},
        el("summary", {}, status + "  " + content[0] + "  " + typeOf(content[1].schema)), el("p", {}, r.description), fields(content[1].schema, [])));
      for (const [name, h] of Object.entries(r.headers || {})) node.append(el("div", { class: "type" }, name + ": " + (h.description || "")));
    }
    node.append(el("h4", {}, "Example"), command(curl(method, path, op)));
    return node;
  };

  $("version").textContent = "Version " + doc.info.version + ", OpenAPI " + doc.openapi;
  $("intro").append(el("h2", {}, doc.info.title), el("p", { class: "intro" }, doc.info.description));
  const entries = [];
  for (const tag of doc.tags) {
    const head = el("h2", {}, tag.name);
    const title = el("h2", {}, tag.name[0].toUpperCase() + tag.name.slice(1));
    const about = el("p", { class: "intro" }, tag.description || "");
    $("index").append(head);
    $("operations").append(title, about);
    const group = { nodes: [head, title, about], count: 0 };
    for (const [path, item] of Object.entries(doc.paths)) {
      for (const [method, op] of Object.entries(item)) {
        if (!op.tags || op.tags[0] !== tag.name) continue;
        const name = method.toUpperCase();
        const link = el("a", { href: "#" + op.operationId }, el("span", { class: "method " + name }, name), path.replace("/api/v1", ""));
        const node = article(name, path, op);
        $("index").append(link);
        $("operations").append(node);
        entries.push({ group, nodes: [link, node], text: (name + " " + path + " " + node.textContent).toLowerCase() });
      }
    }
  }
  const search = () => {
    const words = $("search").value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const e of entries) e.group.count = 0;
    let shown = 0;
    for (const e of entries) {
      const hit = words.every((w) => e.text.includes(w));
      for (const n of e.nodes) n.hidden = !hit;
      if (hit) { e.group.count++; shown++; }
    }
    for (const e of entries) for (const n of e.group.nodes) n.hidden = e.group.count === 0;
    $("empty").hidden = shown > 0;
  };
  $("search").addEventListener("input", search);
  if (location.hash) {
    const target = $(location.hash.slice(1));
    if (target) target.scrollIntoView();
  }
})();
