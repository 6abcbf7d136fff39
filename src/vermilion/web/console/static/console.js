// The console without scripts is whole; this adds copying, keys and the live stream.
(function () {
  "use strict";
  var doc = document;

  function each(selector, act) { Array.prototype.forEach.call(doc.querySelectorAll(selector), act); }

  // Copying
  each("[data-copy]", function (button) {
    if (!navigator.clipboard) { return; }
    var said = button.textContent;
    button.hidden = false;
    button.addEventListener("click", function () {
      var target = doc.getElementById(button.getAttribute("data-copy"));
      var text = target.value === undefined ? target.innerText : target.value;
      navigator.clipboard.writeText(text.trim()).then(function () {
        button.textContent = button.getAttribute("data-done");
        setTimeout(function () { button.textContent = said; }, 2000);
      });
    });
  });

  // Menus close when something else is chosen.
  doc.addEventListener("click", function (event) {
    each("details.menu[open]", function (menu) { if (!menu.contains(event.target)) { menu.open = false; } });
  });

  // What an address points to is unfolded.
  function unfold() {
    var part = location.hash && doc.getElementById(decodeURIComponent(location.hash.slice(1)));
    for (var up = part; up; up = up.parentElement) { if (up.tagName === "DETAILS") { up.open = true; } }
    if (part) { part.scrollIntoView(); }
  }
  window.addEventListener("hashchange", unfold);
  unfold();

  // What is folded is printed too.
  window.addEventListener("beforeprint", function () { each("details.fold", function (part) { part.open = true; }); });

  // Keys
  var dialog = doc.getElementById("keys");
  var places = { o: "/", j: "/judgements", c: "/cases", l: "/live", m: "/market", r: "/rules" };
  var going = 0;

  function help() { if (dialog && dialog.showModal && !dialog.open) { dialog.showModal(); } }

  each("[data-keys]", function (button) {
    button.hidden = false;
    button.addEventListener("click", help);
  });

  function typing(target) {
    return target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName);
  }

  function move(step) {
    var rows = Array.prototype.filter.call(doc.querySelectorAll(".row-link"), function (row) { return !row.closest("details:not([open])"); });
    if (!rows.length) { return; }
    var at = rows.indexOf(doc.activeElement);
    var next = at < 0 ? (step > 0 ? 0 : rows.length - 1) : Math.min(Math.max(at + step, 0), rows.length - 1);
    rows[next].focus();
  }

  doc.addEventListener("keydown", function (event) {
    if (event.key === "Escape") {
      each("details.menu[open]", function (menu) { menu.open = false; menu.querySelector("summary").focus(); });
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target) || doc.querySelector("dialog[open]")) { return; }
    var key = event.key;
    if (Date.now() - going < 1200 && Object.prototype.hasOwnProperty.call(places, key)) {
      location.href = places[key];
    } else if (key === "/") {
      var box = doc.getElementById("find");
      if (box) { event.preventDefault(); box.focus(); box.select(); }
    } else if (key === "j" || key === "k") {
      move(key === "j" ? 1 : -1);
    } else if (key === "?") {
      help();
    }
    going = key === "g" ? Date.now() : 0;
  });

  // The live stream
  var table = doc.getElementById("live-table");
  if (!table || !window.EventSource) { return; }
  var body = table.querySelector("tbody");
  var state = doc.getElementById("live-state");
  var pause = doc.getElementById("live-pause");
  var choice = doc.getElementById("live-verdict");
  var empty = doc.getElementById("live-empty");
  var names = JSON.parse(table.getAttribute("data-names"));
  var labels = JSON.parse(table.getAttribute("data-labels"));
  var most = Number(table.getAttribute("data-most"));
  var order = ["deny", "review", "condition", "allow", "not_applicable"];
  var noted = table.getAttribute("data-noted").split(" ");
  var held = [], paused = false, seen = {};

  each("#live-table .row-link", function (link) { seen[link.getAttribute("href")] = true; });

  function make(tag, css, text) {
    var one = doc.createElement(tag);
    if (css) { one.className = css; }
    if (text !== undefined) { one.textContent = text; }
    return one;
  }

  function plain(text) {
    return String(text).replace(/[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g, "\ufffd");
  }

  function short(text) {
    var shown = plain(text);
    return shown.length > 40 ? shown.slice(0, 20) + "…" + shown.slice(-19) : shown;
  }

  function named(kind, code) {
    return Object.prototype.hasOwnProperty.call(names[kind], code) ? names[kind][code] : plain(code);
  }

  function cell(label, css) {
    var one = make("td", css);
    one.setAttribute("data-label", labels[label]);
    return one;
  }

  function strongest(verdicts) {
    var found = Object.keys(verdicts).map(function (book) { return order.indexOf(verdicts[book]); });
    return order[Math.min.apply(null, found.concat(order.length - 1))];
  }

  function chips(verdicts) {
    var all = make("span", "chips");
    Object.keys(verdicts).forEach(function (book) {
      if (verdicts[book] === "not_applicable") { return; }
      var css = order.indexOf(verdicts[book]) < 0 ? "not_applicable" : verdicts[book];
      var chip = make("span", "chip c-" + css);
      chip.append(make("span", "of-book", named("book", book)), " " + named("verdict", verdicts[book]));
      all.append(chip);
    });
    if (!all.childNodes.length) { all.append(make("span", "soft", named("verdict", "not_applicable"))); }
    return all;
  }

  function row(one) {
    var tr = make("tr", "fresh");
    var event = cell("event"), box = make("div"), link = make("a", "row-link");
    link.href = "/judgements/" + Number(one.entry);
    link.append(make("span", "event-type", named("type", one.type)), " ", make("code", "", short(one.id)));
    box.append(link, make("br"), make("small", "", short(one.source)));
    event.append(box);
    var time = cell("time", "when"), moment = make("time", "", plain(one.at).slice(0, 19).replace("T", " "));
    moment.dateTime = plain(one.at);
    time.append(moment);
    var stage = cell("stage");
    stage.append(named("stage", one.stage));
    var verdict = cell("verdict");
    verdict.append(chips(one.verdicts));
    var entry = cell("entry", "num");
    entry.append(Number(one.entry).toLocaleString("en"));
    tr.append(event, time, stage, verdict, entry);
    return tr;
  }

  function show(one) {
    var address = "/judgements/" + Number(one.entry);
    if (seen[address] || noted.indexOf(one.type) >= 0 || (choice.value && strongest(one.verdicts) !== choice.value)) { return; }
    seen[address] = true;
    table.hidden = false;
    empty.hidden = true;
    body.prepend(row(one));
    while (body.rows.length > most) { body.deleteRow(body.rows.length - 1); }
  }

  function tell() {
    if (paused) {
      state.textContent = state.getAttribute("data-paused").replace("{n}", held.length);
    } else {
      state.textContent = state.getAttribute(stream.readyState === 1 ? "data-on" : "data-off");
    }
  }

  var stream = new EventSource(table.getAttribute("data-stream"));
  stream.addEventListener("open", tell);
  stream.addEventListener("error", tell);
  stream.addEventListener("judgement", function (event) {
    var one = JSON.parse(event.data);
    if (!paused) { show(one); return; }
    held.push(one);
    if (held.length > most) { held.shift(); }
    tell();
  });
  window.addEventListener("pagehide", function () { stream.close(); });

  pause.hidden = false;
  pause.addEventListener("click", function () {
    paused = !paused;
    pause.textContent = pause.getAttribute(paused ? "data-resume" : "data-pause");
    pause.setAttribute("aria-pressed", String(paused));
    if (!paused) { held.splice(0).forEach(show); }
    tell();
  });
})();
