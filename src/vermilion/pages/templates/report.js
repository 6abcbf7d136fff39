(function () {
  var doc = document, root = doc.documentElement;
  root.classList.add("js");
  function speak(input) {
    root.lang = input.getAttribute("data-tag");
    doc.title = input.getAttribute("data-title");
  }
  doc.querySelectorAll("input[name=language]").forEach(function (input) {
    if (input.checked) { speak(input); }
    input.addEventListener("change", function () { speak(input); });
  });
  doc.querySelectorAll("input[type=search]").forEach(function (box) {
    var cards = box.closest("section").querySelectorAll(".rule, .sortable tbody tr");
    box.addEventListener("input", function () {
      var wanted = box.value.trim().toLowerCase();
      cards.forEach(function (card) {
        card.hidden = wanted !== "" && card.textContent.toLowerCase().indexOf(wanted) < 0;
      });
    });
  });
  doc.querySelectorAll("table.sortable").forEach(function (table) {
    var heads = table.tHead.rows[0].cells, body = table.tBodies[0];
    Array.prototype.forEach.call(heads, function (head, column) {
      var button = doc.createElement("button");
      button.type = "button";
      button.append.apply(button, head.childNodes);
      head.append(button);
      button.addEventListener("click", function () {
        var down = head.getAttribute("aria-sort") === "ascending";
        Array.prototype.forEach.call(heads, function (each) { each.removeAttribute("aria-sort"); });
        head.setAttribute("aria-sort", down ? "descending" : "ascending");
        var rows = Array.prototype.map.call(body.rows, function (row) { return [row.cells[column].textContent, row]; });
        rows.sort(function (a, b) { return (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0) * (down ? -1 : 1); });
        body.append.apply(body, rows.map(function (pair) { return pair[1]; }));
      });
    });
  });
  doc.querySelectorAll("[data-print]").forEach(function (button) {
    button.hidden = false;
    button.addEventListener("click", function () { print(); });
  });
  function unfold() {
    var part = doc.getElementById(location.hash.slice(1));
    if (!part) { return; }
    part.querySelectorAll("details").forEach(function (each) { each.open = true; });
    for (var up = part; up; up = up.parentElement) { if (up.tagName === "DETAILS") { up.open = true; } }
    part.scrollIntoView();
  }
  window.addEventListener("hashchange", unfold);
  unfold();
  window.addEventListener("beforeprint", function () {
    doc.querySelectorAll("details.theme").forEach(function (each) { each.open = true; });
  });
})();
