// Package ask asks URLs what rules decide about calls. Its methods may be called from any goroutine; they
// wait for the answer, not longer than the rule says.
package ask

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"time"

	"traybell/hub/rules"
	"traybell/shared/bounded"
	"traybell/shared/printable"
	"traybell/shared/protocol"
)

const (
	mostAnswer = 64 << 10 // bytes
	mostText   = 1000     // bytes of a comment or warning
	mostAtOnce = 32       // questions
	mostNames  = 100      // teams, agents or pages of an answer
)

// Known is what answers may refer to.
type Known struct {
	Team, Agent, Template, Link func(name string) bool
}

// Client asks.
type Client struct {
	client *http.Client
	agent  string // User-Agent
	slots  chan struct{}
}

// New returns a client of a version of the hub.
func New(version string) *Client {
	return &Client{
		agent: "traybell-hub/" + version, slots: make(chan struct{}, mostAtOnce),
		client: &http.Client{
			Transport: &http.Transport{
				Proxy: http.ProxyFromEnvironment, ForceAttemptHTTP2: true, MaxIdleConnsPerHost: 4,
				IdleConnTimeout: time.Minute, MaxResponseHeaderBytes: 16 << 10,
			},
			// A redirect could lead to a server that hub.yml does not name.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
}

// question is what a URL gets.
type question struct {
	Rule string        `json:"rule"`
	PBX  string        `json:"pbx"`
	Call protocol.Call `json:"call"`
}

// answer is what it says: the keys of then in hub.yml.
type answer struct {
	Route *struct {
		Teams  []string `json:"teams"`
		Agents []string `json:"agents"`
		Show   string   `json:"show"`
	} `json:"route"`
	Comment  string `json:"comment"`
	Ticket   string `json:"ticket"`
	Category string `json:"category"`
	Popup    string `json:"popup"`
	Open     []struct {
		Link string `json:"link"`
		At   string `json:"at"`
	} `json:"open"`
	CreateTicket string `json:"create_ticket"`
	Warn         string `json:"warn"`
	HideNumber   bool   `json:"hide_number"`
	Stop         bool   `json:"stop"`
}

// Ask asks about a call. An answer that is late, or is none, has Failed.
func (c *Client) Ask(ctx context.Context, rule, pbx string, how rules.Ask, call protocol.Call, known Known,
) rules.Answer {
	ctx, cancel := context.WithTimeout(ctx, how.Timeout)
	defer cancel()
	a, err := c.ask(ctx, question{rule, pbx, call}, how, known)
	if err != nil {
		return rules.Answer{Failed: printable.Cut(why(err, how.Timeout), 200)}
	}
	return a
}

// why says what failed, without the URL, which may hold a secret.
func why(err error, timeout time.Duration) string {
	var of *url.Error
	if errors.As(err, &of) {
		err = of.Err
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return fmt.Sprintf("no answer within %s", timeout)
	}
	return err.Error()
}

func (c *Client) ask(ctx context.Context, q question, how rules.Ask, known Known) (of rules.Answer, err error) {
	select {
	case c.slots <- struct{}{}:
		defer func() { <-c.slots }()
	case <-ctx.Done():
		return of, fmt.Errorf("%d questions wait already", mostAtOnce)
	}
	body, err := json.Marshal(q)
	if err != nil {
		return of, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, how.URL, bytes.NewReader(body))
	if err != nil {
		return of, err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("User-Agent", c.agent)
	if how.Token != "" {
		r.Header.Set("Authorization", "Bearer "+how.Token)
	}
	reply, err := c.client.Do(r)
	if err != nil {
		return of, err
	}
	defer func() { _ = reply.Body.Close() }()
	switch reply.StatusCode {
	case http.StatusNoContent:
		return of, nil
	case http.StatusOK:
	default:
		return of, fmt.Errorf("the answer is %d, not 200 or 204", reply.StatusCode)
	}
	text, err := bounded.ReadAll(reply.Body, mostAnswer)
	if err != nil {
		return of, err
	}
	return decode(text, known)
}

// decode reads an answer: strictly, so that a misspelt key is not a decision that is missing.
func decode(text []byte, known Known) (of rules.Answer, err error) {
	var a answer
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&a); err != nil {
		return of, fmt.Errorf("the answer is no decision: %w", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return of, errors.New("more follows the JSON of the answer")
	}
	of.Stop = a.Stop
	of.Then = rules.Then{
		Comment: clean(a.Comment), Ticket: a.Ticket, Category: a.Category, Popup: rules.Popup(a.Popup),
		Create: rules.Moment(a.CreateTicket), Warn: clean(a.Warn), Hide: a.HideNumber,
	}
	popups := []rules.Popup{"", rules.Card, rules.Notification, rules.Silent}
	colors := []protocol.Color{"", protocol.Neutral, protocol.Green, protocol.Yellow, protocol.Red}
	switch {
	case a.Ticket != "" && !known.Template(a.Ticket):
		return of, fmt.Errorf("the answer has an unknown ticket template %.40q", a.Ticket)
	case !slices.Contains(popups, of.Popup):
		return of, fmt.Errorf("the answer has an unknown popup %.40q", a.Popup)
	case !slices.Contains(colors, protocol.Color(a.Category)):
		return of, fmt.Errorf("the answer has an unknown category %.40q", a.Category)
	case a.CreateTicket != "" && !slices.Contains(rules.Moments(), of.Create):
		return of, fmt.Errorf("the answer has an unknown moment %.40q", a.CreateTicket)
	case len(a.Open) > mostNames:
		return of, fmt.Errorf("the answer has %d pages", len(a.Open))
	}
	for _, p := range a.Open {
		at := rules.Moment(p.At)
		if !known.Link(p.Link) || at != rules.OnRing && at != rules.OnAnswer {
			return of, fmt.Errorf("the answer has an unknown page %.40q at %.40q", p.Link, p.At)
		}
		of.Open = append(of.Open, rules.Page{Link: p.Link, At: at})
	}
	if a.Route == nil {
		return of, nil
	}
	to := &rules.Route{Teams: a.Route.Teams, Agents: a.Route.Agents, Ringing: a.Route.Show == "ringing"}
	switch {
	case len(to.Teams)+len(to.Agents) == 0 || len(to.Teams)+len(to.Agents) > mostNames:
		return of, errors.New("the route of the answer has no teams and agents, or too many")
	case !slices.Contains([]string{"", "bound", "ringing"}, a.Route.Show):
		return of, fmt.Errorf("the answer has an unknown show %.40q", a.Route.Show)
	}
	for _, name := range to.Teams {
		if !known.Team(name) {
			return of, fmt.Errorf("the answer has an unknown team %.40q", name)
		}
	}
	for _, name := range to.Agents {
		if !known.Agent(name) {
			return of, fmt.Errorf("the answer has an unknown agent %.40q", name)
		}
	}
	of.Route = to
	return of, nil
}

// clean makes one line of limited length of a text.
func clean(text string) string { return printable.Line(text, mostText) }
