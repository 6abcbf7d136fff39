// An officer's key in the browser: made and removed on its own page, used on those of cases and events.
(function () {
  "use strict";
  const doc = document;
  const place = doc.getElementById("signing-key") || doc.getElementById("sign");
  if (!place || !window.isSecureContext || !window.indexedDB) { return; }
  const { officer, record, listed } = place.dataset;
  const KEYS = "officer_keys";
  const CLOCKS_DIFFER = 5 * 60 * 1000;

  function each(selector, act) { doc.querySelectorAll(selector).forEach(act); }

  // The key: one for each record and officer, whose private half no script can read
  function kept(mode, act) {
    return new Promise(function (resolve, reject) {
      const opening = indexedDB.open("vermilion", 1);
      opening.onupgradeneeded = function () { opening.result.createObjectStore(KEYS); };
      opening.onerror = function () { reject(opening.error); };
      opening.onsuccess = function () {
        const database = opening.result, change = database.transaction(KEYS, mode);
        let asked;
        change.oncomplete = function () { database.close(); resolve(asked.result); };
        change.onabort = function () { database.close(); reject(change.error); };
        try { asked = act(change.objectStore(KEYS), [record, officer]); } catch (error) { change.abort(); reject(error); }
      };
    });
  }

  function base64(bytes) { return btoa(String.fromCharCode(...new Uint8Array(bytes))); }

  function fresh() { return crypto.subtle.generateKey({ name: "Ed25519" }, false, ["sign", "verify"]); }

  async function held() {
    const pair = await kept("readonly", function (keys, name) { return keys.get(name); });
    return pair && { pair, text: base64(await crypto.subtle.exportKey("raw", pair.publicKey)) };
  }

  // The officer's own page
  async function show(lacking) {
    const own = await held();
    const state = !own ? lacking : !listed ? "unlisted" : own.text === listed ? "held" : "other";
    doc.getElementById("public-key").textContent = own ? own.text : "";
    each("[data-state]", function (part) { part.hidden = !part.dataset.state.split(" ").includes(state); });
  }

  const without = listed ? "elsewhere" : "none";

  async function make() {
    const pair = await fresh();
    await kept("readwrite", function (keys, name) { return keys.add(pair, name); }).catch(function () {});
    if (navigator.storage && navigator.storage.persist) { navigator.storage.persist(); }
    await show("unable");
  }

  async function remove() {
    await kept("readwrite", function (keys, name) { return keys.delete(name); });
    place.querySelector("details").open = false;
    await show(without);
    place.querySelector("[data-make]").focus();
  }

  if (place.id === "signing-key") {
    place.querySelector("[data-make]").addEventListener("click", make);
    place.querySelector("[data-remove]").addEventListener("click", remove);
    fresh().then(function () { return show(without); }).catch(function () {});
    return;
  }

  // The pages on which is answered
  const words = JSON.parse(place.dataset.words);
  let ready = null;

  class Refused extends Error {}

  function plain(text) {
    return String(text).replace(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g, "\ufffd");
  }

  function chosen(form) {
    const fields = form.elements, name = fields.id && { source: fields.source.value, id: fields.id.value };
    const said = { reason: fields.reason.value.trim() };
    if (form.dataset.sign === "ends") { return { ...said, action: "release", ends: name }; }
    if (form.dataset.sign === "confirms") { return { ...said, action: form.dataset.action, confirms: name }; }
    said.action = fields.action.value;
    if (!fields.cause) { return { ...said, event: name }; }
    const end = new Date(Date.parse(fields.until.value) + 86400000).toISOString().replace(".000Z", "Z");
    return { ...said, cause: fields.cause.value, until: end };
  }

  async function ask(form, path, body) {
    let answer;
    try {
      answer = await fetch(path, {
        method: "POST",
        redirect: "error",
        headers: { "Content-Type": "application/json", "X-CSRF-Token": form.elements.csrf.value },
        body: JSON.stringify(body),
      });
      if (answer.status >= 500) { throw new Refused(words.silent); }
      answer = { ok: answer.ok, said: await answer.json() };
    } catch {
      throw new Refused(words.silent);
    }
    if (answer.ok) { return answer.said; }
    const { code, detail, remedy } = answer.said;
    throw new Refused(words[code] || words.refused.replace("{detail}", [detail, remedy].filter(Boolean).join("; ")));
  }

  function same(one, other) {
    if (!one || !other || typeof one !== "object" || typeof other !== "object") { return one === other; }
    const names = Object.keys(one);
    return names.length === Object.keys(other).length && names.every(function (name) {
      return Object.hasOwn(other, name) && same(one[name], other[name]);
    });
  }

  // Returns the event that the bytes hold if it is what was chosen and nothing else.
  function read(bytes, said) {
    const lines = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes).split("\n");
    const { ends, ...rest } = said;
    let event;
    try { event = JSON.parse(lines[2]); } catch { throw new Refused(words.altered); }
    const expected = {
      type: "resolution", source: "vermilion:resolutions", specversion: "1.0",
      id: event.id, time: event.time, stage: ends ? "withdrawn" : "settled",
      data: { ...rest, parties: { by: officer } },
    };
    if (ends) { expected.subject = ends.id; expected.data.confirms = ends; }
    // What is written again is what was read, so that no name stands there twice.
    const whole = lines.length === 3 && lines[0] === "vermilion resolution 1" && lines[1] === record;
    if (!whole || JSON.stringify(event) !== lines[2] || !same(event, expected) || !/^[0-9a-f]{16}$/.test(event.id)) {
      throw new Refused(words.altered);
    }
    if (!(Math.abs(Date.parse(event.time) - Date.now()) < CLOCKS_DIFFER)) { throw new Refused(words.clock); }
    return event;
  }

  function fill(event, bytes) {
    const data = event.data, named = data.confirms && `${data.confirms.id}\n${data.confirms.source}`;
    const rows = {
      action: words[data.action],
      cause: data.cause,
      event: data.event && `${data.event.id}\n${data.event.source}`,
      confirms: event.stage === "settled" && named,
      ends: event.stage === "withdrawn" && named,
      until: data.until && new Date(Date.parse(data.until) - 1000).toISOString().slice(0, 10),
      reason: data.reason,
      by: data.parties.by,
      time: event.time.replace("T", " ").replace("Z", ""),
      record,
    };
    each("#sign [data-row]", function (row) {
      const value = rows[row.dataset.row];
      row.hidden = !value;
      row.querySelector("dd").textContent = value ? plain(value) : "";
    });
    place.querySelector("[data-exact]").textContent = plain(new TextDecoder().decode(bytes));
  }

  function told(form, text) {
    const before = form.querySelector("[role=alert]");
    if (before) { before.remove(); }
    if (!text) { return; }
    const note = doc.createElement("p");
    note.className = "wrong";
    note.setAttribute("role", "alert");
    note.textContent = text;
    form.append(note);
  }

  async function safely(form, act) {
    told(form, "");
    each("[data-sign] button, #sign [data-do]", function (button) { button.disabled = true; });
    try {
      await act();
    } catch (error) {
      place.close();
      told(form, error instanceof Refused ? plain(error.message) : words.refused.replace("{detail}", plain(error)));
    }
    each("[data-sign] button, #sign [data-do]", function (button) { button.disabled = false; });
  }

  async function prepare(form) {
    const said = chosen(form);
    const { text } = await ask(form, "/v1/resolutions/unsigned", said);
    const bytes = new TextEncoder().encode(text);
    const event = read(bytes, said);
    fill(event, bytes);
    ready = { form, bytes, event };
    place.showModal();
  }

  async function sign() {
    const { form, bytes, event } = ready;
    const own = await held();
    if (!own || own.text !== listed) { throw new Refused(words.other_key); }
    const signature = base64(await crypto.subtle.sign("Ed25519", own.pair.privateKey, bytes))
      .replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
    const made = { ...event, data: { ...event.data, signature } };
    const { effect, permits } = await ask(form, "/v1/resolutions/signed", made);
    const done = new URLSearchParams({ done: effect.effect, n: permits.length });
    if (effect.void) { done.set("why", effect.void.join(" ")); }
    location.assign(`${location.pathname}?${done}`);
  }

  place.querySelector("[data-do]").addEventListener("click", function () { safely(ready.form, sign); });
  each("[data-sign]", function (form) {
    form.addEventListener("submit", function (event) {
      event.preventDefault();
      safely(form, function () { return prepare(form); });
    });
  });
  held().then(function (own) {
    const usable = Boolean(own) && own.text === listed;
    each("[data-with-key]", function (part) { part.hidden = !usable; });
    each("[data-without-key]", function (part) { part.hidden = usable; });
  }).catch(function () {});
})();
