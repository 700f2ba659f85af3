/* U4SSC Governance: progressive enhancement. Every page works without this file.
   Data attributes and the autosave protocol: docs/design-system.md */
(function () {
  "use strict";

  var KEEP_MS = 24 * 60 * 60 * 1000;
  var SAVE_EVERY_MS = 20 * 1000;
  var PREFIX = "u4:draft:";
  var doc = document;
  var strings = (doc.getElementById("u4-strings") || { dataset: {} }).dataset;

  doc.documentElement.classList.add("js");

  function each(selector, work, root) {
    Array.prototype.forEach.call((root || doc).querySelectorAll(selector), work);
  }

  function make(tag, className, text) {
    var node = doc.createElement(tag);
    if (className) { node.className = className; }
    if (text) { node.textContent = text; }
    return node;
  }

  /* ── text kept on this device ──────────────────────────────────────────────────────────────────────────────────── */

  var store = {
    read: function (key) {
      try {
        var entry = JSON.parse(localStorage.getItem(key));
        return entry && Date.now() - entry.at < KEEP_MS ? entry : null;
      } catch (error) { return null; }
    },
    write: function (key, entry) {
      try { localStorage.setItem(key, JSON.stringify(entry)); } catch (error) { /* storage full or forbidden */ }
    },
    drop: function (key) {
      try { localStorage.removeItem(key); } catch (error) { /* forbidden */ }
    },
    keys: function () {
      try {
        return Object.keys(localStorage).filter(function (key) { return key.indexOf(PREFIX) === 0; });
      } catch (error) { return []; }
    }
  };

  function keyOf(form) {
    // The person is part of the key, so that the next one on this computer is not offered somebody else's text.
    return PREFIX + doc.body.dataset.actor + ":" + (form.dataset.keep || form.dataset.autosave);
  }

  function kept(control) {
    return control.name && !control.disabled && control.name !== "csrf_token" &&
      ["hidden", "password", "file", "submit", "button", "image", "reset"].indexOf(control.type) < 0 &&
      !control.hasAttribute("data-no-keep");
  }

  function values(form) {
    // A list, because several controls may share one name (rows of a table).
    return Array.prototype.filter.call(form.elements, kept).map(function (control) {
      var tick = control.type === "checkbox" || control.type === "radio";
      return [control.name, tick ? control.value : "", tick ? control.checked : control.value];
    });
  }

  function restore(form, saved) {
    Array.prototype.filter.call(form.elements, kept).forEach(function (control) {
      var tick = control.type === "checkbox" || control.type === "radio";
      var at = saved.findIndex(function (row) {
        return row && row[0] === control.name && row[1] === (tick ? control.value : "");
      });
      if (at < 0) { return; }
      if (tick) { control.checked = saved[at][2]; } else { control.value = saved[at][2]; }
      saved[at] = null;
      control.dispatchEvent(new Event("input", { bubbles: true }));
    });
  }

  // Hidden fields that belong to the text: what its writer had seen. Text brought back without them would look newer
  // than what others saved since.
  function marks(form) {
    return Array.prototype.map.call(form.querySelectorAll("input[type=hidden][data-kept]"), function (input) {
      return [input.name, input.value];
    });
  }

  function restoreMarks(form, saved) {
    (saved || []).forEach(function (row) {
      var input = form.elements[row[0]];
      if (input && input.type === "hidden") { input.value = row[1]; }
    });
  }

  function offer(form, key, entry) {
    var box = make("div", "note a");
    box.setAttribute("role", "status");
    box.appendChild(make("p", "", strings.offer));
    var row = make("div", "row-f wrap mt2");
    var use = make("button", "btn btn-sec btn-s", strings.offerUse);
    var drop = make("button", "btn btn-quiet btn-s", strings.offerDrop);
    use.type = drop.type = "button";
    use.addEventListener("click", function () { box.remove(); restoreMarks(form, entry.marks); restore(form, entry.values.slice()); });
    drop.addEventListener("click", function () { box.remove(); store.drop(key); });
    row.appendChild(use);
    row.appendChild(drop);
    box.appendChild(row);
    form.parentNode.insertBefore(box, form);
  }

  function keepText(form) {
    var key = keyOf(form);
    var initial = JSON.stringify(values(form));
    var entry = store.read(key);
    // The server says that what was sent has arrived: nothing is left to bring back.
    if (entry && entry.sent && form.hasAttribute("data-arrived")) { entry = null; }
    if (entry && JSON.stringify(entry.values) !== initial) { offer(form, key, entry); } else { store.drop(key); }
    var timer;
    form.addEventListener("input", function () {
      clearTimeout(timer);
      timer = setTimeout(function () { store.write(key, { at: Date.now(), values: values(form), marks: marks(form) }); }, 500);
    });
    form.addEventListener("submit", function (event) {
      if (event.defaultPrevented) { return; }
      clearTimeout(timer);
      store.write(key, { at: Date.now(), values: values(form), marks: marks(form), sent: true });
    });
  }

  // Text that was sent is deleted on the next page of the signed-in site, unless that page is an error or shows the form again.
  function forgetSent() {
    if (!doc.body.hasAttribute("data-signed-in") || doc.body.hasAttribute("data-keep-drafts")) { return; }
    var here = Array.prototype.map.call(doc.querySelectorAll("form[data-keep],form[data-autosave]"), keyOf);
    store.keys().forEach(function (key) {
      var entry = store.read(key);
      if (!entry || (entry.sent && here.indexOf(key) < 0)) { store.drop(key); }
    });
  }

  /* ── autosave ──────────────────────────────────────────────────────────────────────────────────────────────────── */

  function autosave(form) {
    var url = form.dataset.autosave;
    var status = form.querySelector("[data-save-status]") || doc.querySelector("[data-save-status]");
    var alarm = form.querySelector("[data-save-alert]");
    var last = JSON.stringify(values(form));
    var busy = false;
    var stopped = false;
    var waiting = null;

    function say(text, link) {
      if (alarm) { alarm.hidden = true; }
      put(status, text, link);
    }

    // What its writer has to act on stands where the eyes are, at the buttons that stay in sight.
    function warn(text, link) {
      if (!alarm) { put(status, text, link); return; }
      put(status, text);
      alarm.hidden = false;
      put(alarm, text, link);
    }

    function put(place, text, link) {
      if (!place) { return; }
      place.textContent = text;
      if (link) {
        place.appendChild(doc.createTextNode(" "));
        var a = make("a", "", strings.conflictLink);
        a.href = link;
        place.appendChild(a);
      }
    }

    function body() {
      var data = new FormData(form);
      each("input[type=file]", function (input) { data.delete(input.name); }, form);
      return new URLSearchParams(data);
    }

    function saved(answer, snapshot) {
      last = snapshot;
      var revision = form.querySelector("input[name=revision]");
      if (revision && answer.revision !== undefined) { revision.value = answer.revision; }
      if (snapshot === JSON.stringify(values(form))) { store.drop(keyOf(form)); }
      say(strings.saved + " " + answer.saved_at);
    }

    // Somebody else's text is newer, or the right to save has ended: nothing more is sent by itself.
    function refused(answer) {
      var place = alarm || status;
      warn(answer.error || strings.conflict, answer.url);
      if (!answer.resend || !place) { return; }
      // Sent by hand, the form is answered with a page that shows both texts.
      var both = make("button", "btn btn-sec btn-s", strings.conflictLink);
      both.type = "button";
      both.addEventListener("click", function () { form.requestSubmit(); });
      place.appendChild(doc.createTextNode(" "));
      place.appendChild(both);
    }

    function save() {
      var snapshot = JSON.stringify(values(form));
      if (busy || stopped || form.dataset.sent || snapshot === last) { return; }
      busy = true;
      fetch(url, {
        method: "POST",
        body: body(),
        credentials: "same-origin",
        redirect: "error",
        headers: { "Accept": "application/json", "X-Requested-With": "u4-autosave" }
      }).then(function (response) {
        if (response.status === 409 || response.status === 403) {
          return response.json().then(function (answer) { stopped = true; refused(answer); });
        }
        if (response.status === 401) { warn(strings.signedOut); return null; }
        if (!response.ok) { throw new Error(String(response.status)); }
        return response.json().then(function (answer) { saved(answer, snapshot); });
      }).catch(function () { warn(strings.unsaved); }).then(function () {
        busy = false;
        if (waiting) { form.requestSubmit(waiting.submitter); }
      });
    }

    // A form sent while its autosave is on the way would carry an old revision: let the autosave finish first.
    form.addEventListener("submit", function (event) {
      if (!busy) { return; }
      event.preventDefault();
      waiting = { submitter: event.submitter };
    });

    setInterval(save, SAVE_EVERY_MS);
    form.addEventListener("focusout", function (event) {
      if (!event.relatedTarget || event.relatedTarget.type !== "submit") { setTimeout(save, 0); }
    });
    form.addEventListener("u4:save", save);
    doc.addEventListener("visibilitychange", function () { if (doc.visibilityState === "hidden") { save(); } });
  }

  /* ── forms ─────────────────────────────────────────────────────────────────────────────────────────────────────── */

  function once(event) {
    var form = event.target;
    if (event.defaultPrevented || form.method !== "post") { return; }
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "1";
    each("button[type=submit],button:not([type])", function (button) { button.setAttribute("aria-disabled", "true"); }, form);
    // A download leaves the page standing, so the form opens again after a while.
    setTimeout(reopen, 10000, form);
  }

  function reopen(form) {
    delete form.dataset.sent;
    each("button[aria-disabled]", function (button) { button.removeAttribute("aria-disabled"); }, form);
  }

  function counter(area) {
    var limit = Number(area.dataset.maxlengthCounter);
    var line = make("p", "count");
    var spoken = make("span", "vh");
    var timer;
    spoken.setAttribute("role", "status");
    line.setAttribute("aria-hidden", "true");
    area.insertAdjacentElement("afterend", spoken);
    area.insertAdjacentElement("afterend", line);

    function update() {
      // The server counts a line break as one character; so does value.length.
      var left = limit - area.value.length;
      line.textContent = (left < 0 ? strings.over : strings.left) + " " + Math.abs(left);
      line.classList.toggle("over", left < 0);
      clearTimeout(timer);
      if (left < limit / 10) { timer = setTimeout(function () { spoken.textContent = line.textContent; }, 1000); }
    }
    area.addEventListener("input", update);
    update();
  }

  function autosubmit(select) {
    var byKey = false;
    var before = select.value;
    function go() { if (select.value !== before && select.form) { before = select.value; select.form.requestSubmit(); } }
    // With the arrow keys each step is a change: wait until the choice is made (Enter or leaving the control).
    select.addEventListener("keydown", function (event) { byKey = event.key !== "Enter"; if (!byKey) { go(); } });
    select.addEventListener("pointerdown", function () { byKey = false; });
    select.addEventListener("change", function () { if (!byKey) { go(); } });
    select.addEventListener("blur", go);
  }

  // Counts of ticked choices by their value, so that a heading agrees with what stands under it before anything is saved.
  function tally(place) {
    var form = place.closest("form");
    if (!form) { return; }
    form.addEventListener("input", function () {
      place.textContent = form.querySelectorAll("input[type=radio][value=" + place.dataset.tally + "]:checked").length;
    });
  }

  /* ── menus and keys ────────────────────────────────────────────────────────────────────────────────────────────── */

  function closeMenus(except) {
    each("details.menu[open]", function (menu) { if (menu !== except) { menu.open = false; } });
  }

  function typing(target) {
    return target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName);
  }

  function saveByKey(event) {
    var form = (doc.activeElement && doc.activeElement.closest("form[data-autosave]")) || doc.querySelector("form[data-autosave]");
    if (!form) { return; }
    event.preventDefault();
    form.dispatchEvent(new Event("u4:save"));
  }

  var pendingG = 0;
  function onKey(event) {
    if ((event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === "s") { saveByKey(event); return; }
    if (event.key === "Escape") {
      var open = doc.activeElement && doc.activeElement.closest("details.menu[open]");
      closeMenus();
      if (open) { open.querySelector("summary").focus(); }
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target) || doc.body.hasAttribute("data-no-shortcuts")) { return; }
    if (event.key === "/") {
      var search = doc.querySelector("[data-search]");
      if (search && search.offsetParent !== null) { event.preventDefault(); search.focus(); search.select(); }
    } else if (event.key === "g") {
      pendingG = Date.now();
    } else if (Date.now() - pendingG < 1000 && (event.key === "h" || event.key === "b")) {
      pendingG = 0;
      var link = doc.querySelector(event.key === "h" ? "a.brand" : ".side-l a[href='/ballots']");
      if (link) { location.assign(link.href); }
    }
  }

  doc.addEventListener("click", function (event) { closeMenus(event.target.closest("details.menu")); });
  doc.addEventListener("keydown", onKey);
  window.addEventListener("pageshow", function (event) { if (event.persisted) { each("form", reopen); } });

  // A check page is the answer to a form. Its place in the history is that of the page it can be changed on, so that
  // going back to it asks for nothing to be sent again.
  if (doc.body.dataset.address && window.history.replaceState) {
    window.history.replaceState(null, "", doc.body.dataset.address);
  }
  forgetSent();
  each("form[data-sign-out]", function (form) {
    form.addEventListener("submit", function () { store.keys().forEach(store.drop); });
  });
  each("form[data-autosave]", autosave);
  each("form[data-keep],form[data-autosave]", keepText);
  each("textarea[data-maxlength-counter],input[data-maxlength-counter]", counter);
  each("select[data-autosubmit]", autosubmit);
  each("[data-tally]", tally);
  doc.addEventListener("submit", once);

  var summary = doc.querySelector("[data-error-summary]");
  if (summary) { summary.focus(); }
})();
