// Stands in front of every page of a course package, inside the sandbox: gives it the SCORM 1.2 interface and hands what it
// reports to the lesson's page. A classic script: the package's own scripts look for window.API while they load.
// What the package knows of the learner is in window.name, which survives a change of page inside the frame.
(function () {
  "use strict";

  function above() {
    try {
      return window.parent !== window && window.parent.API;
    } catch {
      return null; // another origin: this is the outermost page of the package
    }
  }

  function known() {
    try {
      return JSON.parse(window.name) || {};
    } catch {
      return {};
    }
  }

  // The data model holds words only; a number is refused without a sound.
  function text(value) {
    return value === null || value === undefined ? "" : String(value);
  }

  if (above()) return; // a frame inside the package: it finds the interface where it looks, above itself

  var state = known();
  var stored = state.cmi || {};
  var pending = false;
  var api = new window.Scorm12API(
    { lmsCommitUrl: "stage", autocommit: false, logLevel: 5 },
    {
      processHttpRequest: function () {
        tell("commit");
        return { result: "true", errorCode: 0 };
      },
      updateSettings: function () {},
    },
  );

  api.loadFromJSON({
    core: {
      student_id: "learner", // no package learns who studies
      student_name: "学员",
      credit: "credit",
      lesson_mode: "normal",
      entry: stored.suspend_data || stored.lesson_location ? "resume" : "ab-initio",
      lesson_status: stored.lesson_status,
      lesson_location: stored.lesson_location,
      score: { raw: text(stored.score_raw) },
    },
    suspend_data: stored.suspend_data,
    student_data: { mastery_score: text(state.mastery_score) },
  });

  function snapshot() {
    var core = api.cmi.core;
    return {
      lesson_status: String(core.lesson_status),
      lesson_location: String(core.lesson_location),
      score_raw: String(core.score.raw),
      suspend_data: String(api.cmi.suspend_data),
    };
  }

  function tell(what) {
    state.cmi = snapshot();
    window.name = JSON.stringify(state);
    if (state.site) window.parent.postMessage({ scorm: what, cmi: state.cmi }, state.site);
  }

  // The lesson's page keeps the newest values too: when everything closes at once, it can still send them.
  api.on("LMSSetValue", function () {
    if (pending) return;
    pending = true;
    setTimeout(function () {
      pending = false;
      tell("draft");
    }, 0);
  });

  window.API = api;
})();
