import assert from "node:assert/strict";
import { problemsOf, readSettings } from "../support/settings";

const access = '"authenticated", "group:<name>", "owner" or "backend"';
const parts = "write subscribe, publish, history, presence or events";

/** Namespaces, and the problems with them. */
const wrong: [unknown, ...string[]][] = [
  ["room", 'namespaces is "room": write names and what stands under each'],
  [["room"], 'namespaces is ["room"]: write names and what stands under each'],
  [
    { Room: {} },
    "namespaces.Room is no name of a namespace: write a lower-case letter and up to 31 letters, digits and hyphens",
  ],
  [
    { user: {} },
    "namespaces.user is built in: set inboxHistorySeconds and inboxHistoryCount for it",
  ],
  [{ room: true }, "namespaces.room is true: write subscribe, publish, history and presence"],
  [{ room: { publishers: [] } }, `namespaces.room.publishers is not known: ${parts}`],
  [
    { room: { subscribe: ["everybody"] } },
    `namespaces.room.subscribe holds "everybody": write ${access}`,
  ],
  [{ room: { publish: ["group:"] } }, `namespaces.room.publish holds "group:": write ${access}`],
  [{ room: { publish: [] } }, `namespaces.room.publish is empty: write ${access}`],
  [
    { room: { history: 60 } },
    "namespaces.room.history is 60: write seconds and, if you like, count",
  ],
  [
    { room: { history: { seconds: 0 } } },
    "namespaces.room.history.seconds is 0: write a whole number from 1 to 315360000",
  ],
  [
    { room: { history: { count: 5 } } },
    "namespaces.room.history.seconds is undefined: write a whole number from 1 to 315360000",
  ],
  [
    { room: { history: { seconds: 60, count: 1.5 } } },
    "namespaces.room.history.count is 1.5: write a whole number from 1 to 1000000",
  ],
  [
    { room: { history: { seconds: 60, days: 1 } } },
    "namespaces.room.history.days is not known: write seconds or count",
  ],
  [{ room: { presence: "yes" } }, 'namespaces.room.presence is "yes": write true or false'],
  [
    { room: { events: true } },
    "namespaces.room.events needs presence: write presence: true as well",
  ],
];

describe("namespaces", () => {
  for (const [namespaces, ...problems] of wrong) {
    it(`refuses ${JSON.stringify(namespaces)}`, async () => {
      assert.deepEqual(await problemsOf({ namespaces }), problems);
    });
  }

  it("are nobody's but the backend's, without history and presence, where nothing is said", async () => {
    const { namespaces } = await readSettings({ namespaces: { quiet: {} } });
    assert.deepEqual(namespaces, {
      quiet: {
        subscribe: ["backend"],
        publish: ["backend"],
        history: undefined,
        presence: false,
        events: false,
      },
    });
  });

  it("take one access as well as a list", async () => {
    const { namespaces } = await readSettings({ namespaces: { a: { publish: "group:staff" } } });
    assert.deepEqual(namespaces.a?.publish, ["group:staff"]);
  });

  it("stand beside inboxes, which keep all of 30 days unless told otherwise", async () => {
    assert.deepEqual((await readSettings()).inbox, { seconds: 2_592_000 });
    const { inbox } = await readSettings({ inboxHistorySeconds: 60, inboxHistoryCount: 5 });
    assert.deepEqual(inbox, { seconds: 60, count: 5 });
  });
});
