package app

import (
	"context"
	"net/http"
	"runtime"
	"time"

	"traybell/shared/protocol"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// scrapeTime is how long a scrape waits for the desk.
const scrapeTime = 5 * time.Second

// metrics are the hub's Prometheus metrics. Most are collected from the parts when Prometheus reads
// them. They contain no personal data.
type metrics struct {
	app      *App
	registry *prometheus.Registry
	took     *prometheus.HistogramVec
	failed   *prometheus.CounterVec
}

func newMetrics(a *App) *metrics {
	m := &metrics{
		app: a, registry: prometheus.NewRegistry(),
		took: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "traybell_help_desk_seconds", Help: "Response time of the help desk.",
			Buckets: []float64{.01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30},
		}, []string{"operation"}),
		failed: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "traybell_help_desk_errors_total", Help: "Failed requests to the help desk.",
		}, []string{"operation"}),
	}
	m.registry.MustRegister(m.took, m.failed, reader{m}, collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

func (m *metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{MaxRequestsInFlight: 4})
}

// helpDesk counts a request to the help desk.
func (m *metrics) helpDesk(operation string, took time.Duration, err error) {
	m.took.WithLabelValues(operation).Observe(took.Seconds())
	if err != nil {
		m.failed.WithLabelValues(operation).Inc()
	}
}

// reader collects metrics from the parts when Prometheus reads them.
type reader struct{ *metrics }

// Describe sends nothing: PBXs and directories change with hub.yml.
func (reader) Describe(chan<- *prometheus.Desc) {}

// Collect implements prometheus.Collector.
func (f reader) Collect(to chan<- prometheus.Metric) {
	s := sink{to}
	a := f.app
	s.gauge("traybell_build_info", "The version of the hub; always 1.", 1, "version", a.options.Version, "goversion",
		runtime.Version())
	f.pbxs(s)
	f.desk(s)
	f.sessions(s)
	f.directories(s)
	f.reloads(s)
}

func (f reader) pbxs(s sink) {
	for _, p := range f.app.cfg.Load().PBX {
		now := f.app.pbxStatus(p.ID)
		for _, state := range []protocol.PBXState{protocol.PBXStopped, protocol.PBXConnecting, protocol.PBXWorking} {
			s.gauge("traybell_pbx_state", "1 for the current state of the PBX connection.",
				flag(now.State == state), "pbx", p.ID, "state", string(state))
		}
		s.gauge("traybell_pbx_enabled", "1 if the PBX is enabled in hub.yml.", flag(p.Enabled), "pbx", p.ID)
		running, ok := f.app.pbxs.PBX(p.ID)
		if !ok {
			continue
		}
		n := running.Stats()
		s.count("traybell_ami_messages_read_total", "Messages read from the PBX.", n.Kept, "pbx", p.ID)
		s.count("traybell_ami_events_skipped_total",
			"Events from the PBX that the hub does not use.", n.Skipped, "pbx", p.ID)
		s.count("traybell_ami_connects_total", "Logins to the PBX.", n.Connects, "pbx", p.ID)
		s.count("traybell_ami_losses_total", "Lost connections to the PBX.", n.Losses, "pbx", p.ID)
		s.count("traybell_ami_overflows_total", "Connections closed because the queue was full.",
			n.Overflows, "pbx", p.ID)
		s.count("traybell_ami_resyncs_total", "Snapshots of all calls requested from the PBX.", n.Resyncs, "pbx", p.ID)
		s.gauge("traybell_ami_queue_length", "Events waiting in the queue.", float64(n.Waiting), "pbx", p.ID)
		s.gauge("traybell_ami_queue_capacity", "Capacity of the event queue.", float64(n.Queue), "pbx", p.ID)
	}
}

func (f reader) desk(s sink) {
	ctx, cancel := context.WithTimeout(context.Background(), scrapeTime)
	defer cancel()
	began := time.Now()
	d, err := f.app.desk.Stats(ctx)
	if err != nil {
		s.to <- prometheus.NewInvalidMetric(prometheus.NewDesc("traybell_calls", "Current calls.", nil, nil), err)
		return
	}
	s.gauge("traybell_desk_wait_seconds", "Response time of the desk's loop.",
		time.Since(began).Seconds())
	for _, state := range []protocol.State{protocol.Ringing, protocol.Answered, protocol.Held} {
		s.gauge("traybell_calls", "Current calls.", float64(d.Calls[state]), "state", string(state))
	}
	s.count("traybell_popups_told_total", "Calls sent to agents, counted per agent.", d.Told)
	s.count("traybell_popups_shown_total", "Popups that desktops reported as shown.", d.Shown)
	const tickets, ticketsHelp = "traybell_tickets_total", "Ticket requests: made; queued, each of which becomes " +
		"made or " +
		"failed later; failed."
	s.count(tickets, ticketsHelp, d.Made, "result", "made")
	s.count(tickets, ticketsHelp, d.Queued, "result", "queued")
	s.count(tickets, ticketsHelp, d.Failed, "result", "failed")
	s.gauge("traybell_tickets_pending", "Ticket requests in progress or waiting for the help desk.",
		float64(d.Pending))
}

func (f reader) sessions(s sink) {
	c := f.app.agents.Counters()
	waiting, longest := 0, 0
	sessions := f.app.agents.Sessions()
	for _, session := range sessions {
		waiting += session.Waiting
		longest = max(longest, session.Waiting)
	}
	s.gauge("traybell_sessions", "Signed-in desktops.", float64(len(sessions)))
	s.gauge("traybell_sessions_limit", "Maximum of signed-in desktops (limits.clients).",
		float64(f.app.cfg.Load().Limits.Clients))
	s.gauge("traybell_session_queue_length", "Messages waiting to be sent to desktops.", float64(waiting))
	s.gauge("traybell_session_queue_longest", "The longest queue of one desktop.", float64(longest))
	const signIns, signInsHelp = "traybell_sign_ins_total", "Sign-ins of desktops: ok; refused, wrong extension or " +
		"password; limited, too many sign-ins or actions."
	s.sum(signIns, signInsHelp, c.Opened, "result", "ok")
	s.sum(signIns, signInsHelp, c.Refused, "result", "refused")
	s.sum(signIns, signInsHelp, c.Limited, "result", "limited")
	const closed, closedHelp = "traybell_sessions_closed_total", "Sessions closed by the hub: slow, queue full; " +
		"silent, no answer; invalid, protocol error."
	s.sum(closed, closedHelp, c.Slow, "reason", "slow")
	s.sum(closed, closedHelp, c.Silent, "reason", "silent")
	s.sum(closed, closedHelp, c.Invalid, "reason", "invalid")
	s.sum("traybell_frames_sent_total", "Messages sent to desktops, counted per session.", c.Sent)
	s.sum("traybell_actions_total", "Actions received from desktops.", c.Actions)
}

func (f reader) directories(s sink) {
	now := time.Now()
	for _, d := range f.app.directories.now().Status() {
		s.gauge("traybell_directory_customers", "Customers in the directory.", float64(d.Rows), "directory", d.Name)
		s.gauge("traybell_directory_numbers", "Telephone numbers in the directory.", float64(d.Numbers), "directory",
			d.Name)
		s.gauge("traybell_directory_bytes", "Approximate memory use.", float64(d.Bytes), "directory", d.Name)
		s.gauge("traybell_directory_problems", "Rows of the last read with problems.",
			float64(d.Troubles), "directory", d.Name)
		s.gauge("traybell_directory_failed", "1 if the last read failed.", flag(d.LastError != ""), "directory",
			d.Name)
		if !d.Read.IsZero() {
			s.gauge("traybell_directory_age_seconds",
				"Age of the customers; missing before the first read.",
				now.Sub(d.Read).Seconds(), "directory", d.Name)
			s.gauge("traybell_directory_read_seconds", "Duration of the last read.", d.Took.Seconds(), "directory",
				d.Name)
		}
	}
}

func (f reader) reloads(s sink) {
	r := &f.app.reloads
	r.mu.Lock()
	defer r.mu.Unlock()
	s.gauge("traybell_config_reload_ok",
		"1 if the last reload of hub.yml succeeded, 0 if it was rejected.", flag(r.err == nil))
	if !r.appliedAt.IsZero() {
		s.gauge("traybell_config_reload_timestamp_seconds", "Time of the last successful load of hub.yml, Unix time.",
			float64(r.appliedAt.Unix()))
	}
	s.gauge("traybell_config_waiting_keys", "Changed keys of hub.yml that need a restart.",
		float64(len(r.waiting)))
	s.sum("traybell_config_reloads_total", "Reloads of hub.yml.", int64(r.succeeded), "result", "ok")
	s.sum("traybell_config_reloads_total", "Reloads of hub.yml.", int64(r.failed), "result", "failed")
}

func flag(is bool) float64 {
	if is {
		return 1
	}
	return 0
}

// sink sends constant metrics.
type sink struct{ to chan<- prometheus.Metric }

func (s sink) send(kind prometheus.ValueType, name, help string, value float64, labels []string) {
	var keys, values []string
	for i := 0; i+1 < len(labels); i += 2 {
		keys, values = append(keys, labels[i]), append(values, labels[i+1])
	}
	s.to <- prometheus.MustNewConstMetric(prometheus.NewDesc(name, help, keys, nil), kind, value, values...)
}

func (s sink) gauge(name, help string, value float64, labels ...string) {
	s.send(prometheus.GaugeValue, name, help, value, labels)
}

func (s sink) count(name, help string, value uint64, labels ...string) {
	s.send(prometheus.CounterValue, name, help, float64(value), labels)
}

func (s sink) sum(name, help string, value int64, labels ...string) {
	s.send(prometheus.CounterValue, name, help, float64(value), labels)
}
