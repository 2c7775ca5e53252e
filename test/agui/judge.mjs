// Drives POST /chat/agui by the client that AG-UI front ends use, which throws at whatever breaks the protocol, and by
// more: nothing may be stripped from an event or warned about. One scenario a process: node judge.mjs SCENARIO.
import assert from "node:assert/strict";
import { HttpAgent, buildResumeArray } from "@ag-ui/client";

const base = process.env.BASE_URL;
const token = process.env.TOKEN;
const warnings = [];
console.warn = (...what) => warnings.push(what.join(" "));

const user = (content, id = "u1") => ({ id, role: "user", content });
const tool = (name) => ({ name, description: name, parameters: { type: "object" } });
const tasks = [
  { id: "t-1", title: "Buy milk", status: "todo", priority: "high" },
  { id: "t-2", title: "Call Bob", status: "todo", priority: "low" },
];
const profile = { timezone: "Europe/Rome" };

function start(messages, state = {}) {
  return new HttpAgent({
    url: base + "/api/v1/chat/agui",
    headers: { Authorization: "Bearer " + token },
    initialMessages: messages,
    initialState: state,
  });
}

// run is one run, with everything that was seen of it.
async function run(agent, parameters = {}) {
  const seen = { events: [], at: [], text: "", calls: [], outcome: undefined, interrupts: [], pending: [], errors: [] };
  const begun = performance.now();
  const { result, newMessages } = await agent.runAgent(parameters, {
    onEvent: ({ event }) => {
      seen.events.push(event);
      seen.at.push(performance.now() - begun);
    },
    onTextMessageContentEvent: ({ event }) => { seen.text += event.delta; },
    onToolCallEndEvent: ({ event, toolCallName, toolCallArgs }) => {
      seen.calls.push({ id: event.toolCallId, name: toolCallName, args: toolCallArgs });
    },
    onRunFinishedEvent: (p) => {
      seen.outcome = p.outcome;
      seen.interrupts = p.interrupts ?? [];
      seen.pending = p.pendingToolCallIds ?? [];
    },
    onRunErrorEvent: ({ event }) => { seen.errors.push(event); },
    onRunFailed: ({ error }) => { throw error; },
  });
  seen.result = result;
  seen.newMessages = newMessages;
  seen.types = seen.events.map((e) => e.type);
  return seen;
}

const answer = (agent, call, result, error) =>
  agent.addMessage({ id: "r-" + call.id, role: "tool", toolCallId: call.id, content: JSON.stringify(result), ...(error && { error }) });

const scenarios = {
  async "a text"() {
    const agent = start([user("hello")]);
    const seen = await run(agent);
    assert.equal(seen.types[0], "RUN_STARTED");
    assert.equal(seen.events[0].threadId, agent.threadId);
    assert.equal(seen.events[0].protocolVersion, "1.0");
    assert.equal(seen.types.at(-1), "RUN_FINISHED");
    assert.ok(seen.types.includes("STEP_STARTED") && seen.types.includes("STEP_FINISHED"));
    assert.equal(seen.outcome, "success");
    assert.deepEqual(seen.pending, []);
    assert.ok(seen.text.length > 0);
    assert.equal(seen.result.response, seen.text);
    assert.deepEqual(seen.result.actions, []);
    assert.equal(seen.result.model, "offline");
    assert.equal(agent.messages.at(-1).role, "assistant");
    assert.equal(agent.messages.at(-1).content, seen.text);
    assert.equal(agent.messages.at(-1).name, seen.result.agents.at(-1));
  },

  async "an action"() {
    const agent = start([user("Add a high priority task to call Bob tomorrow at 3pm")], { user_profile: profile, recent_tasks: [] });
    const seen = await run(agent);
    assert.equal(seen.outcome, "success");
    assert.equal(seen.calls.length, 1);
    const [call] = seen.calls;
    assert.equal(call.name, "create_record");
    assert.equal(call.args.table, "tasks");
    assert.equal(call.args.data.priority, "high");
    assert.match(call.args.data.title, /call bob/i);
    assert.deepEqual(seen.pending, [call.id]);
    assert.deepEqual(seen.result.actions, [{ type: "create_record", ...call.args, requires_confirmation: false }]);
    assert.equal(agent.messages.length, 2, "the text and its call are one message");
    assert.equal(agent.messages[1].toolCalls.length, 1);

    // A front end that runs its tools by itself goes on with their results. Nothing may be made twice.
    answer(agent, call, { ok: true });
    const next = await run(agent);
    assert.deepEqual(next.types, ["RUN_STARTED", "RUN_FINISHED"]);
    assert.deepEqual(next.result.actions, []);

    // What comes next is a new request, and a follow-up finds its agent.
    agent.addMessage(user("thanks", "u2"));
    const thanks = await run(agent);
    assert.ok(thanks.text.length > 0);
    assert.deepEqual(thanks.calls, []);
  },

  async "a change that the client could not make"() {
    const agent = start([user("Add a task to buy milk")], { recent_tasks: [] });
    const seen = await run(agent);
    answer(agent, seen.calls[0], { ok: false }, "the disk is full");
    const next = await run(agent);
    assert.match(next.text, /could not make 1 change/);
    assert.deepEqual(next.calls, []);
  },

  async "a lookup"() {
    const agent = start([user("List my tasks")], { user_profile: profile });
    const tools = [tool("list_tasks"), tool("create_record"), tool("paint_the_window")];
    const first = await run(agent, { tools });
    assert.equal(first.outcome, "success");
    assert.equal(first.calls.length, 1);
    assert.equal(first.calls[0].name, "list_tasks");
    assert.deepEqual(first.pending, [first.calls[0].id]);
    answer(agent, first.calls[0], tasks);
    const second = await run(agent, { tools });
    assert.deepEqual(second.calls, []);
    assert.match(second.text, /Buy milk/);
    assert.match(second.text, /Call Bob/);

    // A client without the tool is told so, in words.
    const poor = await run(start([user("List my tasks")]), { tools: [tool("paint_the_window")] });
    assert.deepEqual(poor.calls, []);
    assert.match(poor.text, /did not send/i);

    // And so it is by one that has it and fails.
    const broken = start([user("List my tasks")]);
    const asked = await run(broken, { tools });
    answer(broken, asked.calls[0], null, "the database is locked");
    const told = await run(broken, { tools });
    assert.deepEqual(told.calls, []);
    assert.ok(told.text.length > 0);
    assert.doesNotMatch(told.text, /Buy milk/);
  },

  async "context entries"() {
    const agent = start([user("List my tasks")]);
    const context = [
      { description: "recent_tasks", value: JSON.stringify(tasks) },
      { description: "user_profile", value: JSON.stringify(profile) },
      { description: "The window", value: "is open" },
    ];
    const seen = await run(agent, { context });
    assert.match(seen.text, /Buy milk/);
  },

  async "a deletion, approved"() {
    const agent = start([user("Delete the task Buy milk")], { recent_tasks: tasks });
    const first = await run(agent);
    const interrupt = proposal(agent, first);
    const second = await run(agent, { resume: buildResumeArray(agent.pendingInterrupts, { [interrupt.id]: { status: "resolved", payload: { approved: true } } }) });
    assert.equal(second.outcome, "success");
    assert.deepEqual(agent.pendingInterrupts, []);
    assert.equal(second.calls.length, 1);
    assert.equal(second.calls[0].name, "delete_record");
    assert.deepEqual(second.calls[0].args, { table: "tasks", data: { id: "t-1" } });
    assert.deepEqual(second.pending, [second.calls[0].id]);
    assert.match(second.text, /deletes 1 record/);
    const verdict = agent.messages.find((m) => m.role === "tool" && m.toolCallId === interrupt.toolCallId);
    assert.deepEqual(JSON.parse(verdict.content), { approved: true });

    answer(agent, second.calls[0], { ok: true });
    agent.setState({ recent_tasks: tasks.slice(1) });
    assert.deepEqual((await run(agent)).types, ["RUN_STARTED", "RUN_FINISHED"]);
    agent.addMessage(user("List my tasks", "u2"));
    const rest = await run(agent);
    assert.match(rest.text, /Call Bob/);
    assert.deepEqual(rest.calls, []);
  },

  async "a deletion, rejected"() {
    for (const no of [{ status: "resolved", payload: { approved: false } }, { status: "cancelled" }]) {
      const agent = start([user("Delete the task Buy milk")], { recent_tasks: tasks });
      const interrupt = proposal(agent, await run(agent));
      const second = await run(agent, { resume: buildResumeArray(agent.pendingInterrupts, { [interrupt.id]: no }) });
      assert.equal(second.outcome, "success");
      assert.deepEqual(second.calls, []);
      assert.equal(second.text, "Nothing was deleted.");
      assert.deepEqual(second.result.actions, []);
    }
  },

  async "a deletion of what was looked up"() {
    const tools = [tool("list_tasks")];
    const agent = start([user("Delete the task Buy milk")]);
    const first = await run(agent, { tools });
    assert.equal(first.calls[0].name, "list_tasks");
    answer(agent, first.calls[0], tasks);
    const interrupt = proposal(agent, await run(agent, { tools }));
    const third = await run(agent, { tools, resume: buildResumeArray(agent.pendingInterrupts, { [interrupt.id]: { status: "resolved", payload: { approved: true } } }) });
    assert.deepEqual(third.calls.map((c) => [c.name, c.args]), [["delete_record", { table: "tasks", data: { id: "t-1" } }]]);
  },

  async "a new message instead of a decision"() {
    const agent = start([user("Delete the task Buy milk")], { recent_tasks: tasks });
    const interrupt = proposal(agent, await run(agent));
    agent.addMessage(user("List my tasks", "u2"));
    const second = await run(agent, { resume: [{ interruptId: interrupt.id, status: "cancelled" }] });
    assert.equal(second.outcome, "success");
    assert.match(second.text, /Buy milk/);
    assert.deepEqual(second.calls, []);
  },

  async "a stream"() {
    const seen = await run(start([user("hello")]));
    const pieces = seen.events.map((e, i) => [e, seen.at[i]]).filter(([e]) => e.type === "TEXT_MESSAGE_CONTENT");
    assert.equal(seen.text, process.env.WANT_TEXT);
    assert.ok(pieces.length >= 5, `${pieces.length} pieces`);
    const spread = pieces.at(-1)[1] - pieces[0][1];
    assert.ok(spread > 500, `all pieces came within ${spread} ms`);
    assert.equal(seen.outcome, "success");
    assert.deepEqual(seen.events.at(-1).usage, [{ inputTokens: 13, outputTokens: 7, totalTokens: 20 }]);
  },

  async "a provider that breaks off"() {
    const agent = start([user("hello")]);
    const seen = await run(agent);
    assert.equal(seen.types.at(-1), "RUN_ERROR");
    assert.equal(seen.errors.length, 1);
    assert.equal(seen.errors[0].code, "upstream_failed");
    assert.ok(!seen.types.includes("RUN_FINISHED"));
    assert.match(seen.text, /^Half/);
  },

  async "a stop"() {
    const agent = start([user("hello")]);
    const stopped = run(agent).catch(() => {});
    while (!agent.messages.some((m) => m.role === "assistant" && m.content)) await new Promise((r) => setTimeout(r, 10));
    agent.abortRun();
    await stopped;
  },

  async "a stranger"() {
    const agent = new HttpAgent({ url: base + "/api/v1/chat/agui", initialMessages: [user("hello")] });
    console.error = () => {};
    await assert.rejects(agent.runAgent(), /HTTP 401/);
  },
};

// proposal holds a run that proposes to delete the first task to what a person is shown.
function proposal(agent, seen) {
  assert.equal(seen.outcome, "interrupt");
  assert.equal(seen.interrupts.length, 1);
  const [interrupt] = seen.interrupts;
  assert.equal(interrupt.reason, "tool_call");
  assert.match(interrupt.message, /Delete the task .Buy milk.\?/);
  assert.equal(interrupt.responseSchema.properties.approved.type, "boolean");
  assert.deepEqual(interrupt.metadata.action, { type: "delete_record", table: "tasks", data: { id: "t-1" }, requires_confirmation: true });
  assert.deepEqual(seen.calls.map((c) => [c.id, c.name, c.args]), [[interrupt.toolCallId, "confirm_delete_record", { table: "tasks", data: { id: "t-1" } }]]);
  assert.deepEqual(agent.pendingInterrupts, [interrupt]);
  return interrupt;
}

await scenarios[process.argv[2]]();
assert.deepEqual(warnings, [], "the client had to warn");
