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
    var cards = box.closest("section").querySelectorAll(".rule");
    box.addEventListener("input", function () {
      var wanted = box.value.trim().toLowerCase();
      cards.forEach(function (card) {
        card.hidden = wanted !== "" && card.textContent.toLowerCase().indexOf(wanted) < 0;
      });
    });
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
