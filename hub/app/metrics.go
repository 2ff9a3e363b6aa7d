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

// scrapeTime is how long one asking of the metrics waits for the desk.
const scrapeTime = 5 * time.Second

// metrics are what Prometheus reads of a hub. Most are asked for when they are read: the parts
// count for themselves. Nothing of a person is among them.
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
			Name: "traybell_help_desk_seconds", Help: "How long the help desk took to answer.",
			Buckets: []float64{.01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30},
		}, []string{"operation"}),
		failed: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "traybell_help_desk_errors_total", Help: "Questions that the help desk refused or did not answer.",
		}, []string{"operation"}),
	}
	m.registry.MustRegister(m.took, m.failed, reader{m}, collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

func (m *metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{MaxRequestsInFlight: 4})
}

// helpDesk notes an answer of the help desk.
func (m *metrics) helpDesk(operation string, took time.Duration, err error) {
	m.took.WithLabelValues(operation).Observe(took.Seconds())
	if err != nil {
		m.failed.WithLabelValues(operation).Inc()
	}
}

// reader sends the metrics that are asked for when they are read.
type reader struct{ *metrics }

// Describe sends nothing: which PBXs and directories there are changes with hub.yml.
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
			s.gauge("traybell_pbx_state", "1 for the state that the connection to the PBX is in.",
				flag(now.State == state), "pbx", p.ID, "state", string(state))
		}
		s.gauge("traybell_pbx_enabled", "1 where hub.yml has the PBX enabled.", flag(p.Enabled), "pbx", p.ID)
		running, ok := f.app.pbxs.PBX(p.ID)
		if !ok {
			continue
		}
		n := running.Stats()
		s.count("traybell_ami_messages_read_total", "Messages of the PBX that were read.", n.Kept, "pbx", p.ID)
		s.count("traybell_ami_events_skipped_total",
			"Events of the PBX that nobody asked for, which were stepped over.", n.Skipped, "pbx", p.ID)
		s.count("traybell_ami_connects_total", "Sign-ins to the PBX.", n.Connects, "pbx", p.ID)
		s.count("traybell_ami_losses_total", "Connections to the PBX that were lost.", n.Losses, "pbx", p.ID)
		s.count("traybell_ami_overflows_total", "Connections that were given up because the queue was full.",
			n.Overflows, "pbx", p.ID)
		s.count("traybell_ami_resyncs_total", "How often the PBX was asked for all its calls.", n.Resyncs, "pbx", p.ID)
		s.gauge("traybell_ami_queue_length", "Events that wait in the queue.", float64(n.Waiting), "pbx", p.ID)
		s.gauge("traybell_ami_queue_capacity", "Events that may wait in the queue.", float64(n.Queue), "pbx", p.ID)
	}
}

func (f reader) desk(s sink) {
	ctx, cancel := context.WithTimeout(context.Background(), scrapeTime)
	defer cancel()
	began := time.Now()
	d, err := f.app.desk.Stats(ctx)
	if err != nil {
		s.to <- prometheus.NewInvalidMetric(prometheus.NewDesc("traybell_calls", "Calls under way.", nil, nil), err)
		return
	}
	s.gauge("traybell_desk_wait_seconds", "How long the desk's loop let this question wait.",
		time.Since(began).Seconds())
	for _, state := range []protocol.State{protocol.Ringing, protocol.Answered, protocol.Held} {
		s.gauge("traybell_calls", "Calls under way.", float64(d.Calls[state]), "state", string(state))
	}
	s.count("traybell_popups_told_total", "Calls that agents were told of, counted for each agent.", d.Told)
	s.count("traybell_popups_shown_total", "Popups of which a desktop said that they are on the screen.", d.Shown)
	const tickets, ticketsHelp = "traybell_tickets_total", "What came of presses: made; queued, told to come later, " +
		"each of which is made or failed at last; failed."
	s.count(tickets, ticketsHelp, d.Made, "result", "made")
	s.count(tickets, ticketsHelp, d.Queued, "result", "queued")
	s.count(tickets, ticketsHelp, d.Failed, "result", "failed")
	s.gauge("traybell_tickets_pending", "Presses whose ticket is being made, or waits for the help desk.",
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
	s.gauge("traybell_sessions", "Desktops that are signed in.", float64(len(sessions)))
	s.gauge("traybell_sessions_limit", "Desktops that may be signed in at once (limits.clients).",
		float64(f.app.cfg.Load().Limits.Clients))
	s.gauge("traybell_session_queue_length", "Messages that wait for desktops to read them.", float64(waiting))
	s.gauge("traybell_session_queue_longest", "The same of the desktop for which most wait.", float64(longest))
	const signIns, signInsHelp = "traybell_sign_ins_total", "Sign-ins of desktops: ok; refused, wrong extension or " +
		"password; limited, too many sign-ins or actions."
	s.sum(signIns, signInsHelp, c.Opened, "result", "ok")
	s.sum(signIns, signInsHelp, c.Refused, "result", "refused")
	s.sum(signIns, signInsHelp, c.Limited, "result", "limited")
	const closed, closedHelp = "traybell_sessions_closed_total", "Sessions that the hub closed: slow, whose queue " +
		"was full; silent, which did not answer; invalid, which spoke something else."
	s.sum(closed, closedHelp, c.Slow, "reason", "slow")
	s.sum(closed, closedHelp, c.Silent, "reason", "silent")
	s.sum(closed, closedHelp, c.Invalid, "reason", "invalid")
	s.sum("traybell_frames_sent_total", "Messages queued for desktops, counted for each session.", c.Sent)
	s.sum("traybell_actions_total", "What agents pressed, and what their desktops told or asked.", c.Actions)
}

func (f reader) directories(s sink) {
	now := time.Now()
	for _, d := range f.app.directories.now().Status() {
		s.gauge("traybell_directory_customers", "Customers in use.", float64(d.Rows), "directory", d.Name)
		s.gauge("traybell_directory_numbers", "Their numbers.", float64(d.Numbers), "directory", d.Name)
		s.gauge("traybell_directory_bytes", "Memory that they take, roughly.", float64(d.Bytes), "directory", d.Name)
		s.gauge("traybell_directory_problems", "Rows of the last reading that could not be used, or in part.",
			float64(d.Troubles), "directory", d.Name)
		s.gauge("traybell_directory_failed", "1 where the last reading failed.", flag(d.LastError != ""), "directory",
			d.Name)
		if !d.Read.IsZero() {
			s.gauge("traybell_directory_age_seconds",
				"How long ago the customers in use were read; missing while none ever were.",
				now.Sub(d.Read).Seconds(), "directory", d.Name)
			s.gauge("traybell_directory_read_seconds", "How long that took.", d.Took.Seconds(), "directory", d.Name)
		}
	}
}

func (f reader) reloads(s sink) {
	r := &f.app.reloads
	r.mu.Lock()
	defer r.mu.Unlock()
	s.gauge("traybell_config_reload_ok",
		"1 where hub.yml, as it was read last, is in force; 0 where it was not taken.", flag(r.bad == nil))
	if !r.taken.IsZero() {
		s.gauge("traybell_config_reload_timestamp_seconds", "When a hub.yml was put into force last, Unix time.",
			float64(r.taken.Unix()))
	}
	s.gauge("traybell_config_waiting_keys", "Keys of hub.yml whose new values wait for a restart.",
		float64(len(r.waiting)))
	s.sum("traybell_config_reloads_total", "How often hub.yml was read again.", int64(r.good), "result", "ok")
	s.sum("traybell_config_reloads_total", "How often hub.yml was read again.", int64(r.failed), "result", "failed")
}

func flag(is bool) float64 {
	if is {
		return 1
	}
	return 0
}

// sink sends metrics on.
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
