(function () {
  "use strict";
  var doc = document, holder = doc.getElementById("w-packs"), packs = null, cache = {}, STEP = 100;
  function each(list, act) { Array.prototype.forEach.call(list, act); }
  function make(tag, text, css) {
    var one = doc.createElement(tag);
    if (text !== undefined) { one.textContent = text; }
    if (css) { one.className = css; }
    return one;
  }
  function known(names, code) { return Object.prototype.hasOwnProperty.call(names, code) ? names[code] : code; }
  function ends(text, most) {
    return text.length > most ? text.slice(0, most / 2) + "…" + text.slice(1 - most / 2) : text;
  }
  function brief(text, most) {
    var last = text.split(/[\/:]/).pop() || text, shown = text.length > most ? last : text;
    return ends(shown, most);
  }
  function code(text, most) {
    var one = make("code", text === undefined ? "–" : brief(text, most));
    if (text !== undefined) { one.title = text; }
    return one;
  }
  function opened(number, root) {
    packs = packs || JSON.parse(holder.textContent);
    var place = Math.floor(number / packs.each);
    if (!cache[place]) {
      var bytes = Uint8Array.from(atob(packs.packs[place]), function (one) { return one.charCodeAt(0); });
      var stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
      cache[place] = new Response(stream).json();
    }
    return cache[place].then(function (pack) {
      var language = root.closest(".page").lang.slice(0, 2), at = number % packs.each;
      return { texts: pack.texts, rows: pack.rows[at], body: pack.bodies[language][at] };
    });
  }
  // What is packed was written and escaped with the page; the policy lets no script of it run.
  function lay(details) {
    var place = details.querySelector(".w-rows-here"), body = details.querySelector(".w-body");
    if (!place || place.getAttribute("data-laid") || !window.DecompressionStream) { return; }
    place.setAttribute("data-laid", "1");
    opened(Number(details.getAttribute("data-place")), details).then(function (found) {
      if (found.body) { body.innerHTML = found.body; }
      place.replaceChildren(laid(details.closest("table"), found.texts, found.rows));
      copies(details);
    });
  }
  function laid(table, texts, rows) {
    var roles = JSON.parse(table.getAttribute("data-roles")), kinds = JSON.parse(table.getAttribute("data-kinds"));
    var made = make("table", undefined, "w-rows"), head = made.createTHead().insertRow(), body = made.createTBody();
    JSON.parse(table.getAttribute("data-heads")).forEach(function (text, column) {
      var th = make("th", text, column === 6 ? "num" : "");
      th.scope = "col";
      head.append(th);
    });
    rows.forEach(function (row) {
      var tr = body.insertRow();
      function text(number) { return number < 0 ? undefined : texts[number]; }
      var at = new Date(row[0]);
      tr.insertCell().textContent = isNaN(at) ? "–" : at.toISOString().slice(0, 19).replace("T", " ");
      tr.insertCell().textContent = known(roles, text(row[2]));
      tr.insertCell().textContent = known(kinds, text(row[3]));
      tr.insertCell().append(code(text(row[4]), 22));
      tr.insertCell().append(code(text(row[5]), 14));
      tr.insertCell().append(code(text(row[6]), 14));
      var price = tr.insertCell();
      price.className = "num";
      price.textContent = text(row[7]) === undefined ? "–" : text(row[7]);
      var whole = make("code", ends(row[1], 22));
      whole.title = row[1];
      tr.insertCell().append(make("small", text(row[8])), " ", whole);
    });
    return made;
  }
  function copies(details) {
    var table = details.closest("table");
    if (!navigator.clipboard || details.querySelector(".w-copy")) { return; }
    each(details.querySelectorAll(".w-letters code"), function (whole) {
      var button = make("button", table.getAttribute("data-copy"), "w-copy");
      button.type = "button";
      button.addEventListener("click", function () {
        navigator.clipboard.writeText(whole.title || whole.textContent).then(function () {
          button.textContent = table.getAttribute("data-copied");
          setTimeout(function () { button.textContent = table.getAttribute("data-copy"); }, 2000);
        });
      });
      whole.after(button);
    });
  }
  doc.addEventListener("toggle", function (event) {
    if (event.target.open && event.target.classList.contains("w-open")) {
      lay(event.target);
      copies(event.target);
    }
  }, true);

  each(doc.querySelectorAll(".w-list-of"), function (section) {
    var table = section.querySelector(".w-findings");
    if (!table) { return; }
    // Without a script the rest is folded; with one there is a single table to look through.
    var first = table.tBodies.length, most = first, rest = section.querySelector(".w-rest");
    if (rest) {
      table.append.apply(table, Array.prototype.slice.call(rest.querySelector("table").tBodies));
      rest.remove();
    }
    var all = Array.prototype.slice.call(table.tBodies);
    var bar = section.querySelector(".w-filters"), further = section.querySelector(".w-further");
    var choices = bar ? bar.querySelectorAll("select") : [], box = bar && bar.querySelector("input");
    var output = bar && bar.querySelector("output"), texts = new Map();
    function fits(row) {
      for (var i = 0; i < choices.length; i++) {
        if (choices[i].value && row.getAttribute("data-" + choices[i].getAttribute("data-by")) !== choices[i].value) { return false; }
      }
      var wanted = box ? box.value.trim().toLowerCase() : "";
      if (!wanted) { return true; }
      if (!texts.has(row)) { texts.set(row, row.textContent.toLowerCase()); }
      return texts.get(row).indexOf(wanted) >= 0;
    }
    function show() {
      var found = 0;
      all.forEach(function (row) {
        var fit = fits(row);
        if (fit) { found += 1; }
        row.hidden = !fit || found > most;
      });
      further.hidden = found <= most;
      if (output) {
        output.textContent = table.getAttribute("data-shown").replace("{shown}", Math.min(found, most)).replace("{n}", all.length);
      }
    }
    each(choices, function (choice) {
      var by = "data-" + choice.getAttribute("data-by"), seen = {};
      all.forEach(function (row) { var value = row.getAttribute(by); if (value) { seen[value] = by === "data-detector" ? row.querySelector(".w-kind").textContent : brief(value, 40); } });
      Object.keys(seen).sort().forEach(function (value) {
        var option = make("option", seen[value]);
        option.value = value;
        choice.append(option);
      });
      choice.addEventListener("change", function () { most = first; show(); });
    });
    if (bar) {
      bar.hidden = false;
      box.addEventListener("input", function () { most = first; show(); });
    }
    further.addEventListener("click", function () { most += STEP; show(); });
    each(table.tHead.rows[0].cells, function (head, column) {
      var button = make("button");
      button.type = "button";
      button.append.apply(button, Array.prototype.slice.call(head.childNodes));
      head.append(button);
      button.addEventListener("click", function () {
        var up = head.getAttribute("aria-sort") === "descending";
        each(table.tHead.rows[0].cells, function (one) { one.removeAttribute("aria-sort"); });
        head.setAttribute("aria-sort", up ? "ascending" : "descending");
        var keyed = all.map(function (row, place) { return [row.rows[0].cells[column].getAttribute("data-key"), place, row]; });
        var words = column === 1;
        keyed.sort(function (a, b) {
          var order = words ? (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0) : a[0] - b[0];
          return (up ? order : -order) || a[1] - b[1];
        });
        all = keyed.map(function (one) { return one[2]; });
        table.append.apply(table, all);
        show();
      });
    });
    window.addEventListener("beforeprint", function () { all.forEach(function (row) { row.hidden = false; }); });
    window.addEventListener("afterprint", show);
    show();
  });
})();
