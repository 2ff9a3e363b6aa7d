package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"traybell/hub/access"
	"traybell/hub/admin"
	"traybell/hub/agents"
	"traybell/hub/api"
	"traybell/hub/computer"
	"traybell/hub/config"
	"traybell/hub/config/document"
	"traybell/hub/directory"
	"traybell/hub/fail"
	"traybell/hub/staff"
	"traybell/hub/visibility"
	"traybell/hub/worktime"
	"traybell/shared/phone"
	"traybell/shared/protocol"
)

// newAdmin returns the commands of administrators.
func (a *App) newAdmin(blocking admin.Blocking) *admin.Commands {
	audited := admin.Audited{Audit: a.audit, Now: time.Now}
	agents := func() *staff.Staff { return a.desk.Staff() }
	numbers := func() *phone.Reader { return a.desk.Rules().Numbers }
	return &admin.Commands{
		Hub: &admin.Hub{
			Audited: audited, Parts: hubParts{a}, Settings: a.store, Admission: admission{a},
			Terminals: terminals{a.agents, a},
		},
		Terminals: &admin.Terminals{Audited: audited, Server: terminals{a.agents, a}, Staff: agents},
		Calls:     &admin.Calls{Live: a.desk, Records: a.store, Traces: a.store, Numbers: numbers, Hidden: a.hidden},
		Callers: &admin.Callers{
			Audited: audited, Store: a.store, Desk: a.desk, Blocking: blocking, Numbers: numbers,
		},
		Tickets:     &admin.Tickets{Audited: audited, List: a.store, Queue: a.desk, Staff: agents, Hidden: a.hidden},
		Directories: &admin.Directories{Audited: audited, Source: adminDirectories{&a.directories}},
		PBXs:        &admin.PBXs{Audited: audited, Source: adminPBXs{a}},
		Webhooks:    &admin.Webhooks{Audited: audited, Source: adminWebhooks{a.hooks}},
		Numbers:     &admin.Numbers{Source: adminNumbers{a}},
		Audit:       &admin.Audit{Changes: a.audit},
		Tests:       &admin.TestCalls{Audited: audited, Tester: a.tests, Staff: agents},
		Why:         &admin.Why{Explainer: a.why},
		Rules:       &admin.Rules{Reader: pastRules(a)},
		HubFile:     &admin.HubFile{Audited: audited, Editor: newEditor(a)},
		Own:         &admin.Own{Passwords: a.agents, Staff: agents, Numbers: newPersonal(a)},
		Missed:      &admin.Missed{Audited: audited, Service: a.missed, Numbers: numbers},
		Duty: &admin.Duty{
			Audited: audited, Service: a.duty, Times: &worktime.Times{Store: a.store, Present: a.duty}, Staff: agents,
			Zone: time.Local,
		},
		Queues: &admin.Queues{
			Audited: audited, Service: queueCommands{a.queues.Screens, a.queues.Places}, Staff: agents,
			Numbers: numbers,
		},
		Mobiles:       &admin.Mobiles{Audited: audited, Service: a.mobile, Staff: agents},
		Recordings:    a.recordings,
		Announcements: a.announced,
		CallControl:   &admin.CallControl{Audited: audited, Controls: a.control, Staff: agents, Others: a.colleagues},
	}
}

// newAPI returns the REST interface.
func (a *App) newAPI(cfg *config.Config) (*api.Server, error) {
	return api.New(api.Options{
		Commands: a.admin, Tokens: apiTokens(cfg), Answers: a.store, Version: a.options.Version,
		Pages: pageCommands(a), Board: a.board, Numbers: a.hidden,
		Visitor: func(w http.ResponseWriter, r *http.Request) (access.Principal, bool) { return a.pages.Visitor(w, r) },
		Log:     a.log.With("part", "api"),
	})
}

func apiTokens(cfg *config.Config) []api.Token {
	list := make([]api.Token, len(cfg.API.Tokens))
	for i, t := range cfg.API.Tokens {
		list[i] = api.Token{Name: t.Name, Hash: t.Hash.Reveal(), Expires: t.Expires}
		for _, scope := range t.Scopes {
			list[i].Scopes = append(list[i].Scopes, access.Role(scope))
		}
	}
	return list
}

// terminals implements admin.TerminalServer.
type terminals struct {
	*agents.Server
	app *App
}

// End also ends the sessions on the pages, if it ends all of an agent: the browser is on the computer
// that was lost.
func (t terminals) End(ctx context.Context, login, desktop string) (int, error) {
	ended, err := t.Server.End(ctx, login, desktop)
	if desktop == "" {
		err = errors.Join(err, t.app.pages.SignOut(ctx, login))
	}
	return ended, err
}

func (t terminals) Sessions() []admin.Session {
	all := t.Server.Sessions()
	list := make([]admin.Session, len(all))
	for i, s := range all {
		list[i] = admin.Session(s)
	}
	return list
}

func (t terminals) Message(m protocol.Message, to func(admin.Session) bool) int {
	return t.Server.Message(m, func(s agents.Session) bool { return to(admin.Session(s)) })
}

// admission implements admin.Admission.
type admission struct{ *App }

func (a admission) SetClients(most int) {
	a.agents.SetClients(most)
	a.connections.SetDesktops(most)
	computer.Tune(most)
}

func (a admission) Suspend(until time.Time, text string) { a.agents.Suspend(until, text) }

func (a admission) Resume() { a.agents.Resume() }

// hubParts implements admin.HubParts.
type hubParts struct{ *App }

func (a hubParts) Limit() int { return a.cfg.Load().Limits.Clients }

func (a hubParts) Overview(ctx context.Context) (admin.Overview, error) {
	stats, err := a.desk.Stats(ctx)
	if err != nil {
		return admin.Overview{}, err
	}
	o := admin.Overview{
		Version: a.options.Version, Started: a.started.UTC(), Address: a.Addr(), Fingerprint: a.Fingerprint(),
		Calls: stats.Calls, Told: stats.Told, Shown: stats.Shown, Tickets: stats.Made, Waiting: stats.Pending,
		PBXs: map[string]protocol.PBXState{}, Notices: []admin.Notice{},
	}
	for _, p := range a.cfg.Load().PBX {
		if p.Enabled {
			o.PBXs[p.ID] = a.pbxs.status(p.ID).State
		}
	}
	for _, d := range a.directories.now().Status() {
		if d.LastError != "" {
			o.Directories++
		}
	}
	for _, n := range a.notices() {
		o.Notices = append(o.Notices, admin.Notice{Title: n.Title, Text: n.Text, At: n.At.UTC()})
	}
	a.reloads.mu.Lock()
	defer a.reloads.mu.Unlock()
	o.Configuration = a.reloads.appliedAt.UTC()
	return o, nil
}

func (a hubParts) Configuration() (admin.Configuration, error) {
	cfg := a.cfg.Load()
	values, err := cfg.Values()
	if err != nil {
		return admin.Configuration{}, err
	}
	c := admin.Configuration{
		File: a.options.File, Values: values, Restart: []string{}, Problems: []admin.Problem{},
		Warnings: problems(cfg.Warnings()),
	}
	a.reloads.mu.Lock()
	defer a.reloads.mu.Unlock()
	c.Applied = a.reloads.appliedAt.UTC()
	c.Restart = append(c.Restart, a.reloads.waiting...)
	if err := a.reloads.err; err != nil {
		c.Failed, c.Error = a.reloads.failedAt.UTC(), err.Error()
		c.Problems = problems(document.ProblemsOf(err))
	}
	return c, nil
}

func problems(of document.Problems) []admin.Problem {
	list := []admin.Problem{}
	for _, p := range of {
		list = append(list, admin.Problem{
			Line: p.Line, Column: p.Column, Key: p.Key, Text: p.Text, Excerpt: p.Excerpt,
		})
	}
	return list
}

func (a hubParts) Reload(context.Context) error { return a.reloadFile() }

// adminDirectories implements admin.DirectorySource.
type adminDirectories struct{ *directories }

func (d adminDirectories) ReadSoon(name string) bool { return d.now().ReadSoon(name) }

func (d adminDirectories) Search(ctx context.Context, text string, limit int) ([]protocol.Customer, error) {
	found, err := d.now().Search(ctx, text, limit)
	if unread := (*directory.UnreadError)(nil); errors.As(err, &unread) {
		return nil, &fail.Error{
			Code: fail.Busy, Retry: true,
			Text: fmt.Sprintf("No customer is found so far, but the directory %s has not been read yet.", unread.Name),
		}
	}
	return found, err
}

func (d adminDirectories) Directories() (list []admin.Directory) {
	for _, s := range d.now().Status() {
		of := admin.Directory{
			Name: s.Name, Customers: s.Rows, Numbers: s.Numbers, Bytes: s.Bytes, Read: s.Read,
			Age: int64(s.Age(time.Now()) / time.Second), Error: cmp.Or(s.LastError, s.Fault), Problems: []string{},
			More: s.Troubles - len(s.Problems),
		}
		for _, p := range s.Problems {
			of.Problems = append(of.Problems, p.String())
		}
		list = append(list, of)
	}
	return list
}

// adminPBXs implements admin.PBXSource.
type adminPBXs struct{ *App }

func (a adminPBXs) Reconnect(id string) bool {
	p, ok := a.pbxs.PBX(id)
	if ok {
		p.Reconnect()
	}
	return ok
}

func (a adminPBXs) PBXs() (list []admin.PBX) {
	for _, p := range a.cfg.Load().PBX {
		now := a.pbxs.status(p.ID)
		s := admin.PBX{
			ID: p.ID, Address: p.Address, Username: p.Username, TLS: p.TLS, MD5: p.MD5, Enabled: p.Enabled,
			State: now.State, Reason: now.Reason, Since: now.Since, Manager: now.Manager, Asterisk: now.Asterisk,
			Rights: []admin.PBXRight{},
		}
		for _, f := range now.Rights {
			s.Rights = append(s.Rights, admin.PBXRight{
				Right: f.Setting, Text: f.Text, Verdict: string(f.Verdict), Required: f.Required,
			})
		}
		list = append(list, s)
	}
	return list
}

// adminNumbers implements admin.NumberSource.
type adminNumbers struct{ *App }

func (a adminNumbers) Unnamed(ctx context.Context) (admin.Unnamed, error) {
	return visibility.Unnamed(ctx, a.cfg.Load(), a.store)
}
