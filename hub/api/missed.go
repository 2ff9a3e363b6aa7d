package api

import (
	"context"
	"net/http"
	"time"

	"traybell/hub/access"
	"traybell/hub/admin"
	"traybell/hub/testcall"
	"traybell/hub/why"
)

type doneNumber struct {
	OneNumber
	Until time.Time `query:"until" doc:"only calls that began at or before; default: all"`
}

func registerMissed(to registrar, c *admin.Missed) {
	read(to, "listMissed", "/missed", callTag, "Callers to call back, the latest missed call first",
		func(ctx context.Context, p access.Principal, in *allPages) (admin.List[admin.MissedNumber], error) {
			return c.List(ctx, p, in.page())
		})
	act(to, access.Supervise, http.MethodPost, "claimMissed", "/missed/{number}/claim", callTag,
		"Say that you call a number back",
		func(ctx context.Context, p access.Principal, in *OneNumber) error {
			return c.Claim(ctx, p, in.Number)
		})
	act(to, access.Supervise, http.MethodPost, "releaseMissed", "/missed/{number}/release", callTag,
		"Leave it to others to call a number back",
		func(ctx context.Context, p access.Principal, in *OneNumber) error {
			return c.Release(ctx, p, in.Number)
		})
	act(to, access.Supervise, http.MethodPost, "finishMissed", "/missed/{number}/done", callTag,
		"Say that a number needs no call back",
		func(ctx context.Context, p access.Principal, in *doneNumber) error {
			return c.Done(ctx, p, in.Number, in.Until)
		})
}

type newTestCall struct {
	Body struct {
		Agent  string `json:"agent" minLength:"1" maxLength:"200" doc:"login or extension"`
		Number string `json:"number,omitempty" maxLength:"200" doc:"of the caller"`
		DID    string `json:"did,omitempty" maxLength:"200" doc:"called number; default: one that the agent is shown"`
		PBX    string `json:"pbx,omitempty" maxLength:"200" doc:"id of a PBX that rings the agent's real phone"`
	}
}

// TestCall is what came of a test call.
type TestCall struct {
	Call      string     `json:"call"`
	Agent     string     `json:"agent" doc:"login"`
	Extension string     `json:"extension"`
	Number    string     `json:"number"`
	DID       string     `json:"did,omitempty"`
	Steps     []TestStep `json:"steps" nullable:"false"`
	Shown     bool       `json:"shown" doc:"the desktop reports the popup on the screen"`
	Answers   []Cause    `json:"causes" nullable:"false" doc:"why it is not shown"`
}

// TestStep is a step of a test call.
type TestStep struct {
	Step  string    `json:"step"`
	At    time.Time `json:"at"`
	After float64   `json:"after" doc:"milliseconds since the call was placed"`
	Text  string    `json:"text,omitempty"`
}

// Cause is why an agent saw no popup, and what to do.
type Cause struct {
	Cause  string `json:"cause"`
	Agent  string `json:"agent,omitempty" doc:"login; without an agent the extension"`
	Text   string `json:"text"`
	Remedy string `json:"remedy,omitempty"`
}

func cause(a why.Answer, p access.Principal) Cause {
	text, remedy := a.Say(why.Reader{Agent: !p.May(access.View)})
	return Cause{Cause: string(a.Cause), Agent: a.Agent, Text: text, Remedy: remedy}
}

type askedWhy struct {
	Call  string    `query:"call" maxLength:"256" doc:"id of a call, or a number in any notation"`
	Agent string    `query:"agent" maxLength:"200" doc:"login or extension; default: all whom the call concerns"`
	At    time.Time `query:"at" doc:"about when; default: the last calls"`
}

// ExplainedCall is a call and why agents saw no popup.
type ExplainedCall struct {
	Call   string    `json:"call,omitempty" doc:"absent: there was none"`
	Number string    `json:"number,omitempty"`
	At     time.Time `json:"at"`
	Causes []Cause   `json:"causes" nullable:"false"`
}

func registerTests(to registrar, tests *admin.TestCalls, explain *admin.Why) {
	answer(to, access.Admin, http.MethodPost, "placeTestCall", "/test-calls", callTag,
		"Place a test call for an agent, and wait for its steps",
		func(ctx context.Context, p access.Principal, in *newTestCall) (TestCall, error) {
			r, err := tests.Place(ctx, p, testcall.Question{
				Agent: in.Body.Agent, Number: in.Body.Number, DID: in.Body.DID, PBX: in.Body.PBX,
			}, func(testcall.Step) {})
			out := TestCall{
				Call: r.Call, Agent: r.Agent, Extension: r.Extension, Number: r.Number, DID: r.DID, Shown: r.Shown,
				Steps: []TestStep{}, Answers: []Cause{},
			}
			for _, s := range r.Steps {
				out.Steps = append(out.Steps, TestStep{
					Step: string(s.Name), At: s.At.UTC(), After: float64(s.After.Microseconds()) / 1000, Text: s.Text,
				})
			}
			if err == nil && !r.Shown {
				out.Answers = append(out.Answers, cause(r.Answer, p))
			}
			return out, err
		})
	read(to, "explain", "/why", callTag, "Why agents saw no popup, and what to do",
		func(ctx context.Context, p access.Principal, in *askedWhy) ([]ExplainedCall, error) {
			found, err := explain.Ask(ctx, p, why.Question{Call: in.Call, Agent: in.Agent, At: in.At})
			list := []ExplainedCall{}
			for _, f := range found {
				e := ExplainedCall{
					Call: f.Trace.CallID, Number: f.Trace.Number, At: f.Trace.At.UTC(), Causes: []Cause{},
				}
				for _, a := range f.Answers {
					e.Causes = append(e.Causes, cause(a, p))
				}
				list = append(list, e)
			}
			return list, err
		})
}
