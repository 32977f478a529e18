#!/usr/bin/env python3
"""Compares when events take place: Legwork's bench binary against Python's recurring-ical-events and ical.js.

    occurrences.py WORK FOLDER...      WORK holds node_modules with ical.js

Each file is expanded over 400 days from its first DTSTART. Where both others agree on an event, Legwork must too.
Prints a count and every event that differs; exit code 1 on any. Where the RFC says that the two others are both
wrong, the case stands in KNOWN with the section that says so, and is counted apart.
"""
import datetime as dt, json, os, re, subprocess, sys
from collections import defaultdict
from pathlib import Path

import icalendar
import recurring_ical_events
from icalendar.timezone import tzp

# (file of the corpus, UID): what both others do that the RFC forbids.
NEWEST = "RFC 5546 2.1.5: of several versions of one UID the highest SEQUENCE, then DTSTAMP, counts; they list all"
UNTIL_DAY = "RFC 5545 3.3.10: UNTIL bounds in an inclusive manner, so a date lets its whole day pass; they stop at its midnight"
UNTIL_LOCAL = "RFC 5545 3.3.5: a time without Z is local, and 3.3.10: UNTIL that meets an instance is the last one; they read UTC"
KNOWN = {
    ("211.ics", "calsrv.example.com-873970198738777@example.com"): NEWEST,
    ("220.ics", "calsrv.example.com-873970198738777@example.com"): NEWEST,
    ("689.ics", "0981234-1234234-23@example.com"): NEWEST,
    ("696.ics", "0981234-1234234-23@example.com"): NEWEST,
    ("699.ics", "calsrv.example.com-873970198738777@example.com"): NEWEST,
    ("788.ics", "210"): UNTIL_DAY,
    ("923.ics", "10621-1440@ccbchurch.com"): UNTIL_LOCAL,
}

NODE = r"""
const fs = require('fs'), path = require('path');
const ICAL = require(path.join(process.argv[2], 'node_modules/ical.js/dist/ical.es5.cjs'));
for (const line of fs.readFileSync(process.argv[3], 'utf8').split('\n')) {
  const [file, from, to] = line.split('\t'); if (!to) continue;
  const a = Date.parse(from) / 1000, b = Date.parse(to) / 1000;
  // A zone that another file defined is none of this one's.
  ICAL.TimezoneService.reset();
  try {
    const all = ICAL.parse(fs.readFileSync(file, 'utf8'));
    for (const one of (typeof all[0] === 'string' ? [all] : all)) {
      const root = new ICAL.Component(one);
      for (const z of root.getAllSubcomponents('vtimezone')) ICAL.TimezoneService.register(new ICAL.Timezone(z));
      const events = root.getAllSubcomponents('vevent').map(e => new ICAL.Event(e));
      for (const event of events.filter(e => !e.isRecurrenceException())) {
        for (const ex of events) if (ex.isRecurrenceException() && ex.uid === event.uid) event.relateException(ex);
        const out = (start) => {
          const t = start.isDate ? null : start.toUnixTime();
          const key = start.isDate ? start.toString() : new Date(t * 1000).toISOString().slice(0, 19) + 'Z';
          const at = start.isDate ? Date.parse(start.toString()) / 1000 : t;
          if (at >= a && at < b) console.log([file, event.uid, key].join('\t'));
          return at;
        };
        if (!event.isRecurring()) { out(event.startDate); continue; }
        const iter = event.iterator(); let next, n = 0;
        while ((next = iter.next()) && n++ < 20000) { if (out(event.getOccurrenceDetails(next).startDate) > b + 86400 * 40) break; }
      }
    }
  } catch (e) { /* what it can't read is no case */ }
}
"""


def stamp(value):
    if not isinstance(value, dt.datetime):
        return value.isoformat()
    if value.tzinfo is None:
        value = value.replace(tzinfo=dt.timezone.utc)
    return value.astimezone(dt.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def python_side(cases, out):
    for file, start, end in cases:
        # A zone that another file defined is none of this one's.
        tzp.use_zoneinfo()
        try:
            calendars = icalendar.Calendar.from_ical(Path(file).read_bytes(), multiple=True)
            for calendar in calendars:
                for event in recurring_ical_events.of(calendar, skip_bad_series=True).between(start, end):
                    at = event["DTSTART"].dt
                    whole = at if isinstance(at, dt.datetime) else dt.datetime.combine(at, dt.time())
                    whole = whole if whole.tzinfo else whole.replace(tzinfo=dt.timezone.utc)
                    if start <= whole < end:
                        out[(file, str(event.get("UID")).strip())].add(stamp(at))
        except Exception:  # what it can't read is no case
            pass


def main():
    work, folders = Path(sys.argv[1]), sys.argv[2:]
    cases = []
    for file in sorted(path for folder in folders for path in Path(folder).resolve().rglob("*.ics")):
        found = re.search(rb"^DTSTART[^:\r\n]*:(\d{4})(\d\d)(\d\d)", file.read_bytes().split(b"BEGIN:VEVENT", 1)[-1], re.M)
        try:
            start = dt.datetime(*map(int, found.groups()), tzinfo=dt.timezone.utc) - dt.timedelta(days=2)
            if start.year < 1971:
                continue
        except (AttributeError, ValueError):
            continue
        cases.append((str(file), start, start + dt.timedelta(days=402)))
    listed = work / "cases.tsv"
    listed.write_text("".join(f"{f}\t{stamp(a)}\t{stamp(b)}\n" for f, a, b in cases))
    sides = [defaultdict(set) for _ in range(3)]
    python_side(cases, sides[0])
    script = work / "expand.cjs"
    script.write_text(NODE)
    for side, command, env in [
        (sides[1], ["node", str(script), str(work), str(listed)], {}),
        (sides[2], ["cargo", "bench", "-q", "--bench", "calendar", "--locked"], {"LEGWORK_BENCH_CASES": str(listed)}),
    ]:
        ran = subprocess.run(command, env={**os.environ, **env}, capture_output=True, text=True)
        for line in ran.stdout.splitlines():
            parts = line.split("\t")
            if len(parts) == 3:
                side[(parts[0], parts[1].strip())].add(parts[2])
    # A moment within a day of a border of the window, or of no zone, may be counted on either side.
    agreed = [key for key in sides[0] if sides[0][key] and sides[0][key] == sides[1].get(key)]
    differ = [key for key in agreed if sides[2].get(key, set()) != sides[0][key]]
    known = [key for key in differ if (Path(key[0]).name, key[1]) in KNOWN]
    differ = [key for key in differ if key not in known]
    total = sum(len(sides[0][key]) for key in agreed)
    print(f"{len(cases)} files, {len(agreed)} events with {total} occurrences on which both agree: {len(differ)} differ, "
          f"{len(known)} where the RFC contradicts both")
    for key in known:
        print(f"RFC: {Path(key[0]).name} {key[1]}: {KNOWN[(Path(key[0]).name, key[1])]}")
    for key in differ:
        ours, theirs = sides[2].get(key, set()), sides[0][key]
        print(json.dumps({"file": Path(key[0]).name, "uid": key[1], "missing": sorted(theirs - ours)[:3], "extra": sorted(ours - theirs)[:3]}))
    sys.exit(1 if differ else 0)


if __name__ == "__main__":
    main()
