// Keeps what the page says of the order fresh: by the stream, and by reading the page again while there is none.
"use strict";
(function () {
  var AGAIN_MS = 30000;
  var standing = document.getElementById("standing");
  var lost = document.getElementById("lost");
  var streaming = false;

  function show(html) {
    standing.innerHTML = html;
    lost.textContent = "";
  }
  function writing() {
    return Array.prototype.some.call(document.querySelectorAll("textarea, input[type=file]"), function (field) {
      return field.value !== "";
    });
  }
  /* Another state of the order means other forms: the whole page, but not under somebody's hands. */
  function moved(status) {
    if (status === standing.getAttribute("data-status")) return;
    if (!writing()) location.replace(location.pathname);
  }
  function read() {
    if (streaming) return;
    var asked = new XMLHttpRequest();
    asked.open("GET", location.pathname);
    asked.responseType = "document";
    asked.onload = function () {
      var found = asked.response && asked.response.getElementById("standing");
      if (!found) return location.reload();
      show(found.innerHTML);
      moved(found.getAttribute("data-status"));
    };
    asked.onerror = function () {
      lost.textContent = standing.getAttribute("data-lost");
    };
    asked.send();
  }
  function watch() {
    var stream = new EventSource(location.pathname + "/live");
    stream.addEventListener("standing", function (event) {
      streaming = true;
      show(event.data);
    });
    stream.addEventListener("moved", function (event) {
      streaming = true;
      moved(event.data);
    });
    stream.addEventListener("gone", function () {
      stream.close();
      location.reload();
    });
    stream.onerror = function () {
      streaming = false;
      read();
      if (stream.readyState === EventSource.CLOSED) setTimeout(watch, AGAIN_MS);
    };
  }
  if (window.EventSource) watch();
  setInterval(read, AGAIN_MS);
})();
