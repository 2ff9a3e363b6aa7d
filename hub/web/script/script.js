// The page of a call, an example. The hub opens it for the calls of a line whose script.url it is, with a token in the
// fragment. It shows who calls, and makes the ticket with what the agent writes. docs/rest.md has the operations.
const ru = navigator.language.startsWith("ru"), page = (id) => document.getElementById(id);
const words = ru ? { ringing: "звонит", answered: "разговор", held: "на удержании", ended: "завершён", none: "Номер не определён",
  ticket: "Заявка", queued: "Заявка сохранена и будет создана позже.", noted: "Примечание добавлено.",
  open: "Откройте эту страницу кнопкой в окне звонка." }
  : { ringing: "ringing", answered: "talking", held: "on hold", ended: "ended", none: "Number withheld",
    ticket: "Ticket", queued: "The ticket is saved and will be created later.", noted: "The note was added.",
    open: "Open this page by the button on the card of the call." };
const key = "traybell-token"; // of this tab: it stays when the page is loaded again
const given = new URLSearchParams(location.hash.slice(1)).get("token");
if (given) sessionStorage.setItem(key, given);
history.replaceState(null, "", location.pathname + location.search); // neither history nor a copied URL has the token
const token = sessionStorage.getItem(key);
let call;

async function ask(method, path, body, once) {
  const headers = { Authorization: `Bearer ${token}` };
  if (body) headers["Content-Type"] = "application/json";
  if (once) headers["Idempotency-Key"] = once; // a repetition makes no second ticket
  const answer = await fetch("/api/1/page" + path, { method, headers, body: body && JSON.stringify(body) });
  const data = answer.status === 204 ? {} : await answer.json();
  if (!answer.ok) throw Object.assign(new Error(data.detail), { status: answer.status });
  return data;
}
const say = (text) => page("state").textContent = text;
function draw() { // what comes from outside becomes text only, never HTML
  const names = call.customers.map((c) => [c.name || c.login, c.company].filter(Boolean).join(", "));
  page("who").textContent = names.join(" / ") || call.name || call.display || words.none;
  page("call").textContent = [call.display || call.number, call.line, words[call.state], call.agent_name]
    .filter(Boolean).join(" · ");
  page("ask").hidden = false;
  if (!call.ticket) return;
  const link = Object.assign(document.createElement("a"), { textContent: `${words.ticket} ${call.ticket.number}` });
  if (/^https?:/.test(call.ticket.url)) Object.assign(link, { href: call.ticket.url, target: "_blank", rel: "noopener" });
  page("state").replaceChildren(link);
}
async function follow() {
  try {
    call = await ask("GET", "/call");
    draw();
  } catch (failure) {
    say(failure.status ? failure.message : ""); // without the hub it tries again
    if (failure.status === 401) return page("ask").hidden = true;
  }
  setTimeout(follow, 3000);
}
page("ask").onsubmit = async (event) => {
  event.preventDefault();
  const note = page("note").value, form = page("ask");
  form.once ??= crypto.getRandomValues(new Uint32Array(4)).join("-");
  try {
    if (call.ticket) await ask("POST", "/note", { text: note }, form.once);
    else call.ticket = await ask("POST", "/ticket", { note, customer: call.customers[0]?.login }, form.once);
    if (call.ticket.queued) { say(words.queued); delete call.ticket; } else draw();
    form.once = undefined;
    page("note").value = "";
  } catch (failure) { say(failure.message); }
};
if (token) follow(); else say(words.open);
