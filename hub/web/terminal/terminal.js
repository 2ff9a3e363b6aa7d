// A terminal for ACP 1 in the browser, an example. docs/protocol.md explains every message. It shows the agent's live
// calls and makes tickets. What comes from outside becomes text only, never HTML.
const ru = navigator.language.startsWith("ru"), page = (id) => document.getElementById(id);
const words = ru ? { ringing: "звонит", answered: "разговор", held: "на удержании", withheld: "номер не определён",
  ticket: "Заявка", none: "Ни один из них", retry: "Нет связи с сервером, подключаюсь снова…" }
  : { ringing: "ringing", answered: "talking", held: "on hold", withheld: "number withheld",
    ticket: "Ticket", none: "None of them", retry: "No connection to the hub, reconnecting…" };
const random = () => crypto.getRandomValues(new Uint32Array(4)).join("-");
const desktop = localStorage.desktop ??= random(); // names this installation; a second session of it closes the first
const calls = new Map(), shown = new Set(), waiting = new Map(); // by id: calls, reported popups, unanswered actions
let socket, token, account, pause = 0, ready = false;

function connect() {
  socket = new WebSocket(location.origin.replace("http", "ws") + "/acp/1");
  const client = { version: "example", os: "browser", language: navigator.language, desktop };
  socket.onopen = () => send({ id: random(), name: "session.open", data: { protocol: 1, ...account, token, client } });
  socket.onmessage = (frame) => receive(JSON.parse(frame.data));
  socket.onclose = ({ code, reason }) => {
    ready = false;
    calls.clear(); draw(); // nothing is known until the next snapshot
    page("state").textContent = reason || words.retry;
    if (code >= 4400 && code < 4500) return page("sign-in").hidden = false; // the agent has to act
    setTimeout(connect, pause + 500 * Math.random());
    pause = Math.min(2 * pause + 500, 30000);
  };
}
const send = (action) => socket.send(JSON.stringify({ type: "action", ...action }));
function act(name, data) { // an action keeps its id until it is answered, so it is carried out once
  const action = { id: random(), name, data };
  waiting.set(action.id, action);
  if (ready) send(action);
}
function receive({ type, name, re, data }) {
  waiting.delete(re);
  const call = calls.get(data?.call);
  if (name === "session.opened") {
    calls.clear();
    for (const each of data.calls ?? []) calls.set(each.id, each);
    token = data.token ?? token;
    pause = 0; ready = true;
    page("sign-in").hidden = true;
    page("state").textContent = data.agent.name;
    if (re) waiting.forEach(send);
  } else if (name === "session.token") token = data.token;
  else if (name === "session.closed") pause = Math.max(pause, 1000 * (data.wait ?? 0));
  else if (name === "call") data.state === "ended" ? calls.delete(data.id) : calls.set(data.id, data);
  else if (name === "ticket.created" && call) call.ticket = data;
  else if (data?.text) page("state").textContent = data.text; // an error, a warning or a message
  draw();
}
function draw() {
  page("calls").replaceChildren(...[...calls.values()].map((call) => {
    const card = document.createElement("article"), customers = call.caller.customers ?? [];
    const add = (tag, text) => card.appendChild(Object.assign(document.createElement(tag), { textContent: text }));
    card.className = "card";
    add("h2", customers.map((c) => c.name || c.login).join(", ") || call.name || call.display || words.withheld);
    add("p", [call.display, words[call.state], call.line?.name, call.line?.comment].filter(Boolean).join(" · "));
    const choices = customers.length > 1 ? [...customers, { name: words.none }] : [customers[0] ?? {}];
    if (call.ticket) Object.assign(add("a", `${words.ticket} ${call.ticket.number}`),
      /^https?:/.test(call.ticket.url) && { href: call.ticket.url, target: "_blank", rel: "noopener" });
    else for (const { login = "", name } of choices) {
      const text = choices.length > 1 ? `${words.ticket}: ${name || login}` : words.ticket;
      add("button", text).onclick = () => act("ticket.create", { call: call.id, customer: login });
    }
    const stage = `${call.id} ${call.state === "ringing"}`;
    if (!shown.has(stage)) act("call.shown", { call: call.id });
    shown.add(stage);
    return card;
  }));
}
page("sign-in").onsubmit = (event) => {
  event.preventDefault();
  page("sign-in").hidden = true;
  token = undefined; // it is another agent's, perhaps
  account = { extension: page("extension").value, password: page("password").value };
  connect();
};
