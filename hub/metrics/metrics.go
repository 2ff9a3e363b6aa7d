// Package metrics has the hub's Prometheus metrics. Most are collected from the parts when Prometheus
// reads them. They contain no personal data, and what terminals and servers send does not make new
// series without a bound.
//
// The package starts no goroutines. Any goroutine may call it.
package metrics

import (
	"context"
	"net/http"
	"time"

	"traybell/hub/agents"
	"traybell/hub/desk"
	"traybell/hub/directory"
	"traybell/hub/pbx"
	"traybell/hub/signin"
	"traybell/hub/webhooks"
	"traybell/shared/protocol"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Sources are what metrics are collected from, at each scrape.
type Sources struct {
	Version     string // of the hub
	PBXs        func() []PBX
	Desk        func(context.Context) (desk.Stats, error)
	Terminals   func() Terminals
	Pages       func() signin.Counts // sign-ins to the pages
	Tokens      func() signin.Counts // requests to the REST interface with a token
	Directories func() []directory.Status
	Reloads     func() Reloads
	Duty        func() Duty
	Queues      func() (list []Queue, alarms map[protocol.QueueAlarmKind]uint64)
	Webhooks    func(context.Context) (list []webhooks.Status, dropped uint64, err error)
}

// PBX is a PBX of hub.yml.
type PBX struct {
	ID      string
	Enabled bool
	State   protocol.PBXState
	Stats   *pbx.Stats // nil: it does not run
}

// Queue is a queue of hub.yml.
type Queue struct {
	PBX, Name string
	Up        bool // what follows is known
	Waiting   int  // callers
	Longest   time.Duration
	Members   map[string]int // by state
}

// Terminals are the desktops.
type Terminals struct {
	agents.Counters
	Sessions []agents.Session
	Most     int // limits.clients
}

// Duty is what agents do.
type Duty struct {
	Agents []protocol.AgentNow // none: there are no agent states
	Overs  uint64              // pauses that were longer than their limit
}

// Reloads are the reloads of hub.yml.
type Reloads struct {
	OK        bool          // the last one
	Applied   time.Time     // when hub.yml was last loaded; zero: not yet
	Took      time.Duration // the last one; 0: none
	Waiting   int           // keys that need a restart
	Succeeded int
	Failed    int
}

// Metrics are the hub's metrics. Make them with New.
type Metrics struct {
	sources  Sources
	registry *prometheus.Registry
	versions versions

	helpDesk, ring, press *prometheus.HistogramVec
	failed, skipped       *prometheus.CounterVec
}

// New returns metrics that read the sources when they are scraped.
func New(s Sources) *Metrics {
	m := &Metrics{
		sources: s, registry: prometheus.NewRegistry(), versions: newVersions(s.Version),
		helpDesk: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "traybell_help_desk_seconds", Help: "Response time of the help desk.",
			Buckets: []float64{.01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30},
		}, []string{"operation"}),
		failed: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "traybell_help_desk_errors_total",
			Help: "Failed requests to the help desk: timeout; down, no answer or a temporary error; refused, the " +
				"help desk rejects the content; customer, it does not know the customer; setup, an administrator has " +
				"to act; search, it has no means to find a ticket.",
		}, []string{"operation", "kind"}),
		ring: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "traybell_ring_to_frame_seconds",
			Help: "Time from the PBX's event, read from its connection, to the written message that shows the call " +
				"to an agent's terminal for the first time.",
			Buckets: []float64{.00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5},
		}, nil),
		press: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "traybell_press_to_ticket_seconds",
			Help: "Time from an agent's request to the ticket in the help desk, with all attempts.",
			Buckets: []float64{
				.025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 300, 1800,
			},
		}, nil),
		skipped: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "traybell_channels_skipped_total",
			Help: "Events about channels that the hub does not follow because the PBX has too many.",
		}, []string{"pbx"}),
	}
	m.ring.WithLabelValues() // at 0 from the start
	m.press.WithLabelValues()
	m.registry.MustRegister(m.helpDesk, m.failed, m.ring, m.press, m.skipped, reader{m}, collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// Handler serves the metrics.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{MaxRequestsInFlight: 4})
}

// HelpDesk counts a request to the help desk.
func (m *Metrics) HelpDesk(operation string, took time.Duration, err error) {
	m.helpDesk.WithLabelValues(operation).Observe(took.Seconds())
	for _, kind := range helpDeskErrors { // also at 0, so that the first increase counts
		m.failed.WithLabelValues(operation, kind)
	}
	if err != nil {
		m.failed.WithLabelValues(operation, helpDeskError(err)).Inc()
	}
}

// RingToFrame notes how long a call took from the PBX to a terminal.
func (m *Metrics) RingToFrame(took time.Duration) { m.ring.WithLabelValues().Observe(took.Seconds()) }

// PressToTicket notes how long a ticket took.
func (m *Metrics) PressToTicket(took time.Duration) {
	m.press.WithLabelValues().Observe(took.Seconds())
}

// Skipped returns the counter of a PBX's channels that are not followed.
func (m *Metrics) Skipped(pbx string) (count func()) {
	return m.skipped.WithLabelValues(pbx).Inc // at 0 from the start, so that its first increase counts
}
