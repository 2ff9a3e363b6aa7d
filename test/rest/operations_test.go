package rest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"traybell/hub/access"
	"traybell/hub/ami/amitest"
	"traybell/shared/protocol"
	"traybell/test/rest/client"
	"traybell/test/terminal"
)

// driven checks that an operation succeeded, and counts it.
type driven map[string]bool

func (d driven) ok(t *testing.T, id string, err error, answer interface{ StatusCode() int }, body []byte) {
	t.Helper()
	if err != nil {
		t.Fatalf("%s: %v", id, err)
	}
	if answer.StatusCode()/100 != 2 {
		t.Fatalf("%s: %d %s", id, answer.StatusCode(), body)
	}
	d[id] = true
}

// A program does all that the document has, as an administrator's day goes.
func TestEveryOperation(t *testing.T) {
	o, did := open(t, ""), driven{}
	o.hub(did)
	o.terminals(did)
	o.callsAndTickets(did)
	o.callers(did)
	o.missed(did)
	o.tests(did)
	o.callControl(did)
	o.board(did)
	o.colleagues(did)
	o.sources(did)
	o.hubFile(did)
	open(t, states).duties(did)
	q := open(t, `queues: [{name: "500", title: Support, teams: [support]}]`+"\n")
	q.queues(did)
	q.mobiles(did)
	open(t, recorded).recordings(did)
	open(t, announced).announcements(did)
	waiting := open(t, away(t))
	waiting.requests(did)
	open(t, rejecting(t)).webhooks(did)
	o.audit(did)
	for _, op := range operations(t) {
		if !did[op.id] && op.role != "" { // not for programs
			t.Errorf("%s is not driven", op.id)
		}
	}
}

func (o *office) hub(did driven) {
	t, ctx, c := o.t, o.t.Context(), o.as(access.Admin)
	hub, err := c.GetHubWithResponse(ctx)
	did.ok(t, "getHub", err, hub, hub.Body)
	if hub.JSON200.Version != "1.0.0" || hub.JSON200.Limit != 1000 || hub.JSON200.Mode.Mode != client.ModeModeActive {
		t.Errorf("%+v", hub.JSON200)
	}
	until, text := time.Now().Add(time.Hour).Truncate(time.Second), "New server"
	set, err := c.SetModeWithResponse(ctx, client.SetModeJSONRequestBody{
		Mode: client.NewModeBodyModeMaintenance, Until: &until, Text: &text,
	})
	did.ok(t, "setMode", err, set, set.Body)
	o.restart()
	c = o.as(access.Admin)
	mode, err := c.GetModeWithResponse(ctx)
	did.ok(t, "getMode", err, mode, mode.Body)
	if m := mode.JSON200; m.Mode != client.ModeModeMaintenance || !m.Until.Equal(until) || *m.By != "admin-program" {
		t.Errorf("after a restart %+v", m)
	}
	set, err = c.SetModeWithResponse(ctx, client.SetModeJSONRequestBody{Mode: client.NewModeBodyModeActive})
	did.ok(t, "setMode", err, set, set.Body)

	limit, err := c.SetLimitWithResponse(ctx, client.SetLimitJSONRequestBody{Limit: 7})
	did.ok(t, "setLimit", err, limit, limit.Body)
	got, err := c.GetLimitWithResponse(ctx)
	did.ok(t, "getLimit", err, got, got.Body)
	if got.JSON200.Limit != 7 || got.JSON200.Configured != 1000 || !got.JSON200.Set {
		t.Errorf("limit %+v", got.JSON200)
	}
	cfg, err := c.GetConfigurationWithResponse(ctx)
	did.ok(t, "getConfiguration", err, cfg, cfg.Body)
	if text := string(cfg.Body); strings.Contains(text, "$argon2") || strings.Contains(text, amitest.Secret) ||
		!strings.Contains(text, `"login":"anna"`) {
		t.Errorf("%s", text)
	}
	reload, err := c.ReloadWithResponse(ctx, &client.ReloadParams{})
	did.ok(t, "reload", err, reload, reload.Body)
}

// restart stops the hub and starts it again.
func (o *office) restart() {
	o.t.Helper()
	if err := o.app.Stop(); err != nil {
		o.t.Fatal(err)
	}
	o.start()
}

func (o *office) terminals(did driven) {
	t, ctx, c := o.t, o.t.Context(), o.as(access.Supervise)
	k := o.signIn()
	list, err := c.ListTerminalsWithResponse(ctx)
	did.ok(t, "listTerminals", err, list, list.Body)
	if len(*list.JSON200) != 1 || (*list.JSON200)[0].Agent != "anna" || (*list.JSON200)[0].Teams[0] != "support" {
		t.Fatalf("%s", list.Body)
	}
	team := "support"
	sent, err := c.SendMessageWithResponse(ctx, &client.SendMessageParams{}, client.SendMessageJSONRequestBody{
		To: client.To{Team: &team}, Text: "Обед в 13:00",
	})
	did.ok(t, "sendMessage", err, sent, sent.Body)
	var text protocol.Text
	if err := o.reads(k, protocol.TextMessage).Decode(&text); err != nil || text.Text != "Обед в 13:00" ||
		sent.JSON200.Terminals != 1 {
		t.Errorf("%+v, %v, %s", text, err, sent.Body)
	}
	end, err := c.EndSessionWithResponse(ctx, (*list.JSON200)[0].Id)
	did.ok(t, "endSession", err, end, end.Body)
	var closed protocol.ClosedSession
	if err := o.reads(k, protocol.SessionClosed).Decode(&closed); err != nil || closed.Code != protocol.CloseEnded {
		t.Errorf("%+v, %v", closed, err)
	}
	o.signsOut(did)
}

// signsOut signs anna out. The tokens of her desktops stand for her password no more, also after a
// restart.
func (o *office) signsOut(did driven) {
	t, ctx := o.t, o.t.Context()
	open := protocol.OpenSession{
		Protocol: protocol.Version, Extension: "101", Password: "secret", Client: protocol.Client{Desktop: "laptop"},
	}
	verified := func() string {
		_, text := o.do(http.MethodGet, "/../../metrics", "", nil, nil)
		_, value, _ := strings.Cut(text, "\ntraybell_passwords_verified_total ")
		value, _, _ = strings.Cut(value, "\n")
		return value
	}
	comesBack := func() *terminal.Terminal {
		k, opened, err := terminal.Open(ctx, o.app.Addr(), terminal.Options{}, open)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = k.CloseNow() })
		open.Token = opened.Token
		return k
	}
	comesBack()
	o.restart()
	k := comesBack()
	if n := verified(); n != "0" {
		t.Errorf("%s passwords verified of a desktop with a token", n)
	}
	out, err := o.as(access.Supervise).SignOutWithResponse(ctx, "anna", nil)
	did.ok(t, "signOut", err, out, out.Body)
	var closed protocol.ClosedSession
	if err := o.reads(k, protocol.SessionClosed).Decode(&closed); err != nil || closed.Code != protocol.CloseEnded ||
		out.JSON200.Terminals != 1 {
		t.Errorf("%+v, %v, %s", closed, err, out.Body)
	}
	o.restart()
	comesBack()
	if n := verified(); n != "1" {
		t.Errorf("%s passwords verified of a desktop whose token was revoked", n)
	}
}

// rings lets a call ring at anna's desktop.
func (o *office) rings() (call *amitest.Call, seen protocol.Call) {
	o.t.Helper()
	k := o.signIn()
	call = o.pbx.Incoming(amitest.Incoming{Number: "84951234567", DID: "74950000001"})
	call.Ring("101")
	for len(seen.Caller.Customers) == 0 {
		if err := o.reads(k, protocol.CallEvent).Decode(&seen); err != nil {
			o.t.Fatal(err)
		}
	}
	if _, err := k.Send(o.t.Context(), protocol.TicketCreate, protocol.CreateTicket{Call: seen.ID}); err != nil {
		o.t.Fatal(err)
	}
	return call, seen
}

func (o *office) callsAndTickets(did driven) {
	t, ctx, c := o.t, o.t.Context(), o.as(access.Notes)
	call, seen := o.rings()
	live, err := c.ListLiveCallsWithResponse(ctx)
	did.ok(t, "listLiveCalls", err, live, live.Body)
	if len(*live.JSON200) != 1 || (*live.JSON200)[0].Id != seen.ID || (*live.JSON200)[0].Agents[0] != "anna" {
		t.Errorf("%s", live.Body)
	}
	call.Answer("101")
	call.Hangup()
	words, agent := "lovelace", "anna"
	o.until("the call is recorded", func() bool {
		past, err := c.ListCallsWithResponse(ctx, &client.ListCallsParams{Text: &words})
		return err == nil && past.JSON200 != nil && len(past.JSON200.Items) == 1
	})
	past, err := c.ListCallsWithResponse(ctx, &client.ListCallsParams{Text: &words, Agent: &agent})
	did.ok(t, "listCalls", err, past, past.Body)
	if len(past.JSON200.Items) != 1 || past.JSON200.Items[0].Id != seen.ID {
		t.Errorf("%s", past.Body)
	}
	csv, err := c.ExportCallsWithResponse(ctx, &client.ExportCallsParams{})
	did.ok(t, "exportCalls", err, csv, csv.Body)
	if lines := strings.Split(strings.TrimSpace(string(csv.Body)), "\n"); len(lines) != 2 ||
		!strings.Contains(
			lines[1],
			seen.ID,
		) || csv.HTTPResponse.Header.Get("Content-Type") != "text/csv; charset=utf-8" {
		t.Errorf("%s", csv.Body)
	}
	o.until("the call is traced", func() bool {
		traces, err := c.ListTracesWithResponse(ctx, &client.ListTracesParams{})
		return err == nil && traces.JSON200 != nil && len(traces.JSON200.Items) == 1
	})
	number := "8 495 123-45-67"
	traces, err := c.ListTracesWithResponse(ctx, &client.ListTracesParams{Number: &number})
	did.ok(t, "listTraces", err, traces, traces.Body)
	why, err := c.GetTraceWithResponse(ctx, seen.ID)
	did.ok(t, "getTrace", err, why, why.Body)
	if len(traces.JSON200.Items) != 1 || why.JSON200.Steps == nil || len(*why.JSON200.Steps) < 3 {
		t.Errorf("%s %s", traces.Body, why.Body)
	}

	list, err := c.ListTicketsWithResponse(ctx, &client.ListTicketsParams{Text: &words})
	did.ok(t, "listTickets", err, list, list.Body)
	if len(list.JSON200.Items) != 1 || list.JSON200.Items[0].Call != seen.ID {
		t.Fatalf("%s", list.Body)
	}
	title, closed, note := "Drucker", true, "Called back"
	edited, err := c.EditTicketWithResponse(ctx, list.JSON200.Items[0].Number, client.EditTicketJSONRequestBody{
		Title: &title, Closed: &closed, Note: &note, Assignee: &agent,
	})
	did.ok(t, "editTicket", err, edited, edited.Body)
	one, err := c.GetTicketWithResponse(ctx, list.JSON200.Items[0].Number)
	did.ok(t, "getTicket", err, one, one.Body)
	if one.JSON200.Title != title || one.JSON200.Closed == nil || *one.JSON200.Assignee != agent ||
		len(*one.JSON200.Events) < 3 || one.JSON200.Version == list.JSON200.Items[0].Version {
		t.Errorf("%s", one.Body)
	}
}

func (o *office) callers(did driven) {
	t, ctx, c := o.t, o.t.Context(), o.as(access.Notes)
	comment, text := "Просит перезвонить", "перезвонить"
	set, err := c.SetCategoryWithResponse(ctx, "8 (495) 123-45-67", client.SetCategoryJSONRequestBody{
		Color: client.NewCategoryBodyColorYellow, Comment: &comment,
	})
	did.ok(t, "setCategory", err, set, set.Body)
	list, err := c.ListCategoriesWithResponse(ctx, &client.ListCategoriesParams{Text: &text})
	did.ok(t, "listCategories", err, list, list.Body)
	if len(list.JSON200.Items) != 1 || list.JSON200.Items[0].Number != "+74951234567" {
		t.Errorf("%s", list.Body)
	}
	removed, err := c.RemoveCategoryWithResponse(ctx, "+74951234567")
	did.ok(t, "removeCategory", err, removed, removed.Body)
	all, err := c.GetCategoriesWithResponse(ctx, "+74951234567")
	did.ok(t, "getCategories", err, all, all.Body)
	if len(*all.JSON200) != 2 || *(*all.JSON200)[1].Author != "notes-program" {
		t.Errorf("%s", all.Body)
	}

	reason := "Ковры"
	block, err := c.BlockWithResponse(ctx, &client.BlockParams{}, client.BlockJSONRequestBody{
		Number: "8 495 999-99-99", Reason: &reason,
	})
	did.ok(t, "block", err, block, block.Body)
	if block.JSON200.State != client.Done || len(o.pbx.Family("blacklist")) == 0 {
		t.Errorf("%s", block.Body)
	}
	blocks, err := c.ListBlocksWithResponse(ctx, &client.ListBlocksParams{Text: &reason})
	did.ok(t, "listBlocks", err, blocks, blocks.Body)
	if len(blocks.JSON200.Items) != 1 {
		t.Errorf("%s", blocks.Body)
	}
	unblock, err := c.UnblockWithResponse(ctx, "+74959999999", &client.UnblockParams{})
	did.ok(t, "unblock", err, unblock, unblock.Body)
	history, err := c.GetBlocksWithResponse(ctx, "+74959999999")
	did.ok(t, "getBlocks", err, history, history.Body)
	if len(*history.JSON200) != 2 || len(o.pbx.Family("blacklist")) != 0 {
		t.Errorf("%s, %v", history.Body, o.pbx.Family("blacklist"))
	}
}

func (o *office) sources(did driven) {
	t, ctx, c := o.t, o.t.Context(), o.as(access.Admin)
	found, err := c.FindCustomersWithResponse(ctx, &client.FindCustomersParams{Text: "engines"})
	did.ok(t, "findCustomers", err, found, found.Body)
	if len(*found.JSON200) != 1 || (*found.JSON200)[0].Login != "ada" {
		t.Errorf("%s", found.Body)
	}
	read, err := c.ReadDirectoryWithResponse(ctx, "our customers", &client.ReadDirectoryParams{})
	did.ok(t, "readDirectory", err, read, read.Body)
	list, err := c.ListDirectoriesWithResponse(ctx)
	did.ok(t, "listDirectories", err, list, list.Body)
	if len(*list.JSON200) != 1 || (*list.JSON200)[0].Customers != 1 {
		t.Errorf("%s", list.Body)
	}
	again, err := c.ReconnectPBXWithResponse(ctx, "main", &client.ReconnectPBXParams{})
	did.ok(t, "reconnectPBX", err, again, again.Body)
	pbxs, err := c.ListPBXsWithResponse(ctx)
	did.ok(t, "listPBXs", err, pbxs, pbxs.Body)
	if len(*pbxs.JSON200) != 1 || (*pbxs.JSON200)[0].State != client.Working || len((*pbxs.JSON200)[0].Rights) == 0 {
		t.Errorf("%s", pbxs.Body)
	}
	numbers, err := c.ListNumbersWithResponse(ctx)
	did.ok(t, "listNumbers", err, numbers, numbers.Body)
}

// missed has a call missed, and takes care of it.
func (o *office) missed(did driven) {
	t, ctx, c := o.t, o.t.Context(), o.as(access.Supervise)
	k := o.signIn()
	call := o.pbx.Incoming(amitest.Incoming{Number: "84957654321", DID: "74950000001"})
	call.Ring("101")
	o.reads(k, protocol.CallEvent)
	call.GiveUp()
	const number = "+74957654321"
	o.until("the call is missed", func() bool {
		list, err := c.ListMissedWithResponse(ctx, &client.ListMissedParams{})
		return err == nil && list.JSON200 != nil && len(list.JSON200.Items) == 1
	})
	list, err := c.ListMissedWithResponse(ctx, &client.ListMissedParams{})
	did.ok(t, "listMissed", err, list, list.Body)
	if m := list.JSON200.Items[0]; m.Number != number || m.Calls != 1 || m.Claimed != nil || m.Agents[0] != "anna" {
		t.Errorf("%s", list.Body)
	}
	claim, err := c.ClaimMissedWithResponse(ctx, number, &client.ClaimMissedParams{})
	did.ok(t, "claimMissed", err, claim, claim.Body)
	list, err = c.ListMissedWithResponse(ctx, &client.ListMissedParams{})
	did.ok(t, "listMissed", err, list, list.Body)
	if by := list.JSON200.Items[0].Claimed; by == nil || by.Login != "supervise-program" {
		t.Errorf("%s", list.Body)
	}
	if again, err := o.as(access.Admin).ClaimMissedWithResponse(ctx, number, &client.ClaimMissedParams{}); err != nil ||
		again.StatusCode()/100 == 2 {
		t.Errorf("claimed twice: %s", again.Body)
	}
	release, err := c.ReleaseMissedWithResponse(ctx, number, &client.ReleaseMissedParams{})
	did.ok(t, "releaseMissed", err, release, release.Body)
	done, err := c.FinishMissedWithResponse(ctx, number, &client.FinishMissedParams{})
	did.ok(t, "finishMissed", err, done, done.Body)
	list, err = c.ListMissedWithResponse(ctx, &client.ListMissedParams{})
	if did.ok(t, "listMissed", err, list, list.Body); len(list.JSON200.Items) != 0 {
		t.Errorf("%s", list.Body)
	}
}

// tests asks why a popup is missing.
func (o *office) tests(did driven) {
	t, ctx, c := o.t, o.t.Context(), o.as(access.Admin)
	placed, err := c.PlaceTestCallWithResponse(ctx, &client.PlaceTestCallParams{}, client.PlaceTestCallJSONRequestBody{
		Agent: "boris",
	})
	did.ok(t, "placeTestCall", err, placed, placed.Body)
	if r := placed.JSON200; r.Agent != "boris" || r.Shown || len(r.Steps) == 0 || r.Causes[0].Text == "" {
		t.Errorf("%s", placed.Body)
	}
	call := "+74957654321"
	o.until("the missed call is traced", func() bool {
		answer, err := c.ExplainWithResponse(ctx, &client.ExplainParams{Call: &call})
		return err == nil && answer.JSON200 != nil && len(*answer.JSON200) == 1
	})
	answer, err := c.ExplainWithResponse(ctx, &client.ExplainParams{Call: &call})
	did.ok(t, "explain", err, answer, answer.Body)
	if len(*answer.JSON200) != 1 || len((*answer.JSON200)[0].Causes) == 0 {
		t.Errorf("%s", answer.Body)
	}
}

// rejecting is a webhook whose receiver rejects all events.
func rejecting(t *testing.T) string {
	t.Helper()
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusBadGateway)
	}))
	t.Cleanup(receiver.Close)
	return fmt.Sprintf("webhooks: [{name: crm, url: %q, secret: whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD}]\n",
		receiver.URL)
}

func (o *office) webhooks(did driven) {
	t, ctx, c := o.t, o.t.Context(), o.as(access.Admin)
	o.rings()
	o.until("an event waits", func() bool {
		list, err := c.ListDeliveriesWithResponse(ctx, &client.ListDeliveriesParams{})
		return err == nil && list.JSON200 != nil && len(*list.JSON200) > 0 && (*list.JSON200)[0].Error != nil
	})
	name := "crm"
	list, err := c.ListDeliveriesWithResponse(ctx, &client.ListDeliveriesParams{Webhook: &name})
	did.ok(t, "listDeliveries", err, list, list.Body)
	if d := (*list.JSON200)[0]; *d.Error != "HTTP 502 Bad Gateway" || d.State != client.DeliveryStateWaiting {
		t.Errorf("%s", list.Body)
	}
	hooks, err := c.ListWebhooksWithResponse(ctx)
	did.ok(t, "listWebhooks", err, hooks, hooks.Body)
	if h := (*hooks.JSON200)[0]; h.Name != "crm" || h.Waiting == 0 || h.FailingSince == nil {
		t.Errorf("%s", hooks.Body)
	}
	retry, err := c.RetryDeliveriesWithResponse(ctx, "crm", &client.RetryDeliveriesParams{})
	did.ok(t, "retryDeliveries", err, retry, retry.Body)
	reason := "a test"
	drop, err := c.DropDeliveriesWithResponse(ctx, "crm", &client.DropDeliveriesParams{Reason: &reason})
	did.ok(t, "dropDeliveries", err, drop, drop.Body)
}

// requests handles tickets that wait for a help desk.
func (o *office) requests(did driven) {
	t, ctx, c := o.t, o.t.Context(), o.as(access.Notes)
	_, seen := o.rings()
	o.until("the ticket waits", func() bool {
		list, err := c.ListTicketRequestsWithResponse(ctx, &client.ListTicketRequestsParams{})
		return err == nil && list.JSON200 != nil && len(list.JSON200.Items) == 1 && list.JSON200.Items[0].Tries > 0
	})
	list, err := c.ListTicketRequestsWithResponse(ctx, &client.ListTicketRequestsParams{})
	did.ok(t, "listTicketRequests", err, list, list.Body)
	if w := list.JSON200.Items[0]; w.Call != seen.ID || w.Agent != "anna" || w.Error == nil {
		t.Errorf("%s", list.Body)
	}
	retry, err := c.RetryTicketRequestWithResponse(ctx, seen.ID, &client.RetryTicketRequestParams{})
	did.ok(t, "retryTicketRequest", err, retry, retry.Body)
	drop, err := c.DropTicketRequestWithResponse(ctx, seen.ID, &client.DropTicketRequestParams{},
		client.DropTicketRequestJSONRequestBody{Reason: "made by hand"})
	did.ok(t, "dropTicketRequest", err, drop, drop.Body)
	list, err = c.ListTicketRequestsWithResponse(ctx, &client.ListTicketRequestsParams{})
	if did.ok(t, "listTicketRequests", err, list, list.Body); len(list.JSON200.Items) != 0 {
		t.Errorf("%s", list.Body)
	}
}

// audit reads what was done, page by page.
func (o *office) audit(did driven) {
	t, ctx, c := o.t, o.t.Context(), o.as(access.View)
	limit, actions := int64(3), map[string]bool{}
	for params := (client.ListChangesParams{Limit: &limit}); ; {
		page, err := c.ListChangesWithResponse(ctx, &params)
		did.ok(t, "listChanges", err, page, page.Body)
		for _, change := range page.JSON200.Items {
			actions[change.Action] = true
			if change.Kind == "token" && (change.From == nil || *change.From != "127.0.0.1") {
				t.Errorf("%+v", change)
			}
		}
		if params.Cursor = page.JSON200.Next; params.Cursor == nil {
			break
		}
	}
	for _, action := range []string{
		"hub.mode", "hub.limit", "hub.reload", "terminal.message", "terminal.end", "ticket.edit", "category.set",
		"category.remove", "caller.block", "caller.unblock", "directory.read", "pbx.reconnect", "missed.claim",
		"missed.release", "missed.done", "call.test", "hub.edit",
	} {
		if !actions[action] {
			t.Errorf("%s is not in the audit", action)
		}
	}
}

// queues has anna join a queue.
func (o *office) queues(did driven) {
	t, ctx, c := o.t, o.t.Context(), o.as(access.Supervise)
	join := client.ControlQueueJSONRequestBody{Agent: "anna", Control: client.SetQueueBodyControlJoin}
	o.until("anna joins", func() bool { // the queue is known a moment after the connection
		done, err := c.ControlQueueWithResponse(ctx, "main", "500", &client.ControlQueueParams{}, join)
		if err != nil || done.StatusCode()/100 != 2 {
			return false
		}
		did.ok(t, "controlQueue", err, done, done.Body)
		return true
	})
	list, err := c.ListQueuesWithResponse(ctx)
	did.ok(t, "listQueues", err, list, list.Body)
	if members := o.pbx.Queues.Members("500"); len(*list.JSON200) != 1 || len(members) != 1 {
		t.Errorf("members %q; %s", members, list.Body)
	}
}

// mobiles puts a mobile on the white list, on which anna takes calls.
func (o *office) mobiles(did driven) {
	t, ctx := o.t, o.t.Context()
	admin, c := o.as(access.Admin), o.as(access.Supervise)
	const number = "+79161112233"
	added, err := admin.AddMobileWithResponse(ctx, number, client.NewMobile{Agent: "anna"})
	did.ok(t, "addMobile", err, added, added.Body)
	set, err := c.SetMobileWithResponse(ctx, "anna", &client.SetMobileParams{}, client.SetMobileBody{On: true})
	did.ok(t, "setMobile", err, set, set.Body)
	if members := o.pbx.Queues.Members("500"); len(members) == 0 ||
		members[len(members)-1] != "Local/89161112233@traybell-mobile/n" {
		t.Errorf("members %q", members)
	}
	list, err := c.ListMobilesWithResponse(ctx)
	did.ok(t, "listMobiles", err, list, list.Body)
	if of := *list.JSON200; len(of) != 1 || !of[0].On || of[0].Agent != "anna" {
		t.Errorf("%s", list.Body)
	}
	removed, err := admin.RemoveMobileWithResponse(ctx, number)
	did.ok(t, "removeMobile", err, removed, removed.Body)
}

// described is an operation of the document.
type described struct {
	id, method, path string
	role             access.Role
	body             bool
}

func operations(t *testing.T) (list []described) {
	t.Helper()
	text, err := os.ReadFile("client/openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	var document struct {
		Paths map[string]map[string]struct {
			OperationID string `json:"operationId"`
			RequestBody any    `json:"requestBody"`
			Role        string `json:"x-role"`
		}
	}
	if err := json.Unmarshal(text, &document); err != nil {
		t.Fatal(err)
	}
	for path, methods := range document.Paths {
		for method, op := range methods {
			list = append(list, described{
				op.OperationID, strings.ToUpper(method), path, access.Role(op.Role), op.RequestBody != nil,
			})
		}
	}
	if len(list) == 0 {
		t.Fatal("the document has no operations")
	}
	return list
}

// colleagues has Boris write to Anna, and take the call that rings at her phone.
func (o *office) colleagues(did driven) {
	t, ctx, c := o.t, o.t.Context(), o.as(access.Supervise)
	k := o.signIn()
	sent, err := c.MessageColleagueWithResponse(ctx, "anna", &client.MessageColleagueParams{},
		client.MessageColleagueJSONRequestBody{Agent: "boris", Text: "Lunch?"})
	did.ok(t, "messageColleague", err, sent, sent.Body)
	var text protocol.Text
	if err := o.reads(k, protocol.TextMessage).Decode(&text); err != nil || text.Text != "Lunch?" ||
		text.From != "Boris" {
		t.Errorf("%+v, %v", text, err)
	}
	call := o.pbx.Incoming(amitest.Incoming{Number: "84951234567", DID: "84950000001"})
	call.Ring("101")
	takes := client.PickUpColleagueJSONRequestBody{Agent: "boris"}
	o.until("Boris takes the call", func() bool { // the call is live a moment after it begins
		done, err := c.PickUpColleagueWithResponse(ctx, "anna", &client.PickUpColleagueParams{}, takes)
		if err != nil || done.StatusCode()/100 != 2 {
			return false
		}
		did.ok(t, "pickUpColleague", err, done, done.Body)
		return true
	})
	list, err := c.ListColleaguesWithResponse(ctx)
	did.ok(t, "listColleagues", err, list, list.Body)
	if all := *list.JSON200; len(all) != 2 || all[0].Login != "anna" || all[0].State != "ringing" || !*all[0].Online {
		t.Errorf("%s", list.Body)
	}
	call.GiveUp()
	_ = k.CloseNow()
}

// callControl has boris dial, and hangs up.
// board listens to a call of Anna's at Boris's phone.
func (o *office) board(did driven) {
	t, ctx, c := o.t, o.t.Context(), o.as(access.Supervise)
	call := o.pbx.Incoming(amitest.Incoming{Number: "84951234567", DID: "84950000001"})
	call.Ring("101")
	call.Answer("101")
	phone := "102"
	want := client.BeginListeningJSONRequestBody{Agent: "anna", Mode: client.ListenModeWhisper, Phone: &phone}
	var id string
	o.until("the phone of the supervisor rings", func() bool { // the call is live a moment after it begins
		begun, err := c.BeginListeningWithResponse(ctx, &client.BeginListeningParams{}, want)
		if err != nil || begun.JSON200 == nil {
			return false
		}
		did.ok(t, "beginListening", err, begun, begun.Body)
		id = begun.JSON200.Id
		return true
	})
	board, err := c.GetBoardWithResponse(ctx)
	did.ok(t, "getBoard", err, board, board.Body)
	if b := board.JSON200; len(b.Listenings) != 1 || b.Listenings[0].Id != id || b.Listenings[0].Agent != "anna" ||
		len(b.Agents) != 2 || len(b.Calls) == 0 {
		t.Errorf("%s", board.Body)
	}
	end, err := c.EndListeningWithResponse(ctx, id)
	did.ok(t, "endListening", err, end, end.Body)
	call.Hangup()
}

func (o *office) callControl(did driven) {
	t, ctx, c := o.t, o.t.Context(), o.as(access.Supervise)
	dial := client.DialJSONRequestBody{Agent: "boris", Number: "101"}
	var call string
	o.until("boris may dial", func() bool { // the rights on the PBX are known a moment after the connection
		dialled, err := c.DialWithResponse(ctx, &client.DialParams{}, dial)
		if err != nil || dialled.JSON200 == nil {
			return false
		}
		did.ok(t, "dial", err, dialled, dialled.Body)
		call = dialled.JSON200.Call
		return true
	})
	hangup := client.ControlCallJSONRequestBody{Agent: "boris", Control: client.ControlCallBodyControlHangup}
	o.until("boris hangs up", func() bool { // the call is live a moment after the phone rings
		done, err := c.ControlCallWithResponse(ctx, call, &client.ControlCallParams{}, hangup)
		if err != nil || done.StatusCode()/100 != 2 {
			return false
		}
		did.ok(t, "controlCall", err, done, done.Body)
		return true
	})
	dial.Agent = "anna" // without the right
	if refused, err := c.DialWithResponse(ctx, &client.DialParams{}, dial); err != nil || refused.StatusCode() != 403 {
		t.Errorf("%v, %s", err, refused.Body)
	}
}
