package metrics

import (
	"context"
	"runtime"
	"time"

	"traybell/hub/cdr"
	"traybell/hub/signin"
	"traybell/shared/protocol"

	"github.com/prometheus/client_golang/prometheus"
)

// scrapeTime is how long a scrape waits for the desk.
const scrapeTime = 5 * time.Second

// reader collects metrics from the parts when Prometheus reads them.
type reader struct{ *Metrics }

// Describe sends nothing: PBXs and directories change with hub.yml.
func (reader) Describe(chan<- *prometheus.Desc) {}

// Collect implements prometheus.Collector.
func (f reader) Collect(to chan<- prometheus.Metric) {
	s := sink{to}
	s.gauge("traybell_build_info", "The version of the hub; always 1.", 1, "version", f.sources.Version, "goversion",
		runtime.Version())
	f.pbxs(s)
	f.desk(s)
	f.terminals(s)
	f.directories(s)
	f.queues(s)
	f.reloads(s)
	f.webhooks(s)
	f.duty(s)
}

func (f reader) duty(s sink) {
	d := f.sources.Duty()
	if d.Agents == nil {
		return
	}
	type doing struct {
		mode  protocol.Mode
		state protocol.AgentState
	}
	count := map[doing]int{}
	for _, now := range d.Agents {
		count[doing{now.Mode, now.State}]++
	}
	for _, mode := range append(protocol.Modes(), "") {
		for _, state := range protocol.AgentStates() {
			if n := count[doing{mode, state}]; n > 0 {
				s.gauge("traybell_agents", "Agents by mode and state; missing: none.", float64(n), "mode", string(mode),
					"state", string(state))
			}
		}
	}
	s.count("traybell_pauses_over_total", "Pauses that were longer than their limit.", d.Overs)
}

func (f reader) pbxs(s sink) {
	for _, p := range f.sources.PBXs() {
		for _, state := range []protocol.PBXState{protocol.PBXStopped, protocol.PBXConnecting, protocol.PBXWorking} {
			s.gauge("traybell_pbx_state", "1 for the current state of the PBX connection.",
				flag(p.State == state), "pbx", p.ID, "state", string(state))
		}
		s.gauge("traybell_pbx_enabled", "1 if the PBX is enabled in hub.yml.", flag(p.Enabled), "pbx", p.ID)
		n := p.Stats
		if n == nil {
			continue
		}
		s.count("traybell_ami_messages_read_total", "Messages read from the PBX.", n.Kept, "pbx", p.ID)
		s.count("traybell_ami_events_skipped_total",
			"Events from the PBX that the hub does not use.", n.Skipped, "pbx", p.ID)
		s.count("traybell_ami_connects_total", "Logins to the PBX.", n.Connects, "pbx", p.ID)
		s.count("traybell_ami_losses_total", "Lost connections to the PBX.", n.Losses, "pbx", p.ID)
		s.gauge("traybell_ami_retry_pause_seconds", "Pause before the next attempt to connect to the PBX; 0 while "+
			"connected.", n.Pause.Seconds(), "pbx", p.ID)
		s.count("traybell_ami_standstills_total", "Times at which the hub stood still for seconds.", n.Standstills,
			"pbx", p.ID)
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
	d, err := f.sources.Desk(ctx)
	if err != nil {
		s.to <- prometheus.NewInvalidMetric(prometheus.NewDesc("traybell_calls", "Current calls.", nil, nil), err)
		return
	}
	s.gauge("traybell_desk_wait_seconds", "Response time of the desk's loop.",
		time.Since(began).Seconds())
	s.gauge("traybell_desk_longest_turn_seconds",
		"The longest step of the desk's loop in the last one to two minutes: all calls waited for it.",
		d.Longest.Seconds())
	for _, state := range []protocol.State{protocol.Ringing, protocol.Answered, protocol.Held} {
		s.gauge("traybell_calls", "Current calls.", float64(d.Calls[state]), "state", string(state))
	}
	s.count("traybell_popups_told_total", "Calls sent to agents, counted per agent.", d.Told)
	s.count("traybell_popups_shown_total", "Popups that desktops reported as shown.", d.Shown)
	const tickets, ticketsHelp = "traybell_tickets_total", "Ticket requests: made; queued, each of which becomes " +
		"made or failed later; failed."
	s.count(tickets, ticketsHelp, d.Made, "result", "made")
	s.count(tickets, ticketsHelp, d.Queued, "result", "queued")
	s.count(tickets, ticketsHelp, d.Failed, "result", "failed")
	s.gauge("traybell_tickets_pending", "Ticket requests in progress or waiting for the help desk.",
		float64(d.Pending))
	for _, direction := range []protocol.Direction{protocol.Incoming, protocol.Outgoing, protocol.Internal} {
		for _, result := range cdr.Results { // also at 0, so that the first increase counts
			s.count("traybell_calls_ended_total", "Calls that ended: answered; missed, an incoming or internal call "+
				"without an answer; unanswered, an outgoing one; blocked, turned away by the PBX; unseen, the hub did "+
				"not see the end and knows no answer.",
				d.Ended[cdr.Outcome{Direction: direction, Result: result}], "direction", string(direction), "result",
				string(result))
		}
	}
	const queue, queueHelp = "traybell_queue_length", "What waits within the hub: desk, for the desk's loop; traces " +
		"and records, steps and calls to be written to the database."
	s.gauge(queue, queueHelp, float64(d.Waiting.Turns), "queue", "desk")
	s.gauge(queue, queueHelp, float64(d.Waiting.Steps), "queue", "traces")
	s.gauge(queue, queueHelp, float64(d.Waiting.Records), "queue", "records")
}

func (f reader) terminals(s sink) {
	c := f.sources.Terminals()
	waiting, longest := 0, 0
	byVersion := map[string]int{}
	for _, session := range c.Sessions {
		waiting += session.Waiting
		longest = max(longest, session.Waiting)
		byVersion[f.versions.label(session.Client.Version)]++
	}
	for version, n := range byVersion {
		s.gauge("traybell_terminals", "Signed-in desktops by their version; other, if there are many versions.",
			float64(n), "version", version)
	}
	s.gauge("traybell_sessions", "Signed-in desktops.", float64(len(c.Sessions)))
	s.gauge("traybell_sessions_limit", "Maximum of signed-in desktops (limits.clients).",
		float64(c.Most))
	s.gauge("traybell_session_queue_length", "Messages waiting to be sent to desktops.", float64(waiting))
	s.gauge("traybell_session_queue_longest", "The longest queue of one desktop.", float64(longest))
	const signIns, signInsHelp = "traybell_sign_ins_total", "Sign-ins of desktops: ok; refused, wrong extension or " +
		"password; limited, too many sign-ins or actions."
	s.sum(signIns, signInsHelp, c.Opened, "result", "ok")
	s.sum(signIns, signInsHelp, c.Refused, "result", "refused")
	s.sum(signIns, signInsHelp, c.Limited, "result", "limited")
	s.signIns("traybell_page_sign_ins_total", "Sign-ins to the pages, also of programs to /metrics: ok; refused, "+
		"wrong name or password, or no role by OpenID; limited, too many failures.", f.sources.Pages())
	s.signIns("traybell_token_sign_ins_total", "Requests to the REST interface with a token: ok; refused, unknown or "+
		"expired token; limited, too many failures.", f.sources.Tokens())
	s.sum("traybell_passwords_verified_total", "Passwords of desktops compared with a hash, which takes tens of "+
		"milliseconds; a desktop with a token needs none.", c.Hashes)
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
	for _, d := range f.sources.Directories() {
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

func (f reader) queues(s sink) {
	list, alarms := f.sources.Queues()
	for _, q := range list {
		s.gauge("traybell_call_queue_up", "1 if the state of the queue is known: the PBX is connected and has it.",
			flag(q.Up), "pbx", q.PBX, "queue", q.Name)
		if !q.Up {
			continue
		}
		s.gauge("traybell_call_queue_waiting", "Callers who wait in the queue.", float64(q.Waiting), "pbx", q.PBX,
			"queue", q.Name)
		s.gauge("traybell_call_queue_longest_wait_seconds", "How long a caller has waited at most; 0 without callers.",
			q.Longest.Seconds(), "pbx", q.PBX, "queue", q.Name)
		for _, state := range []string{"free", "ringing", "talking", "paused", "unavailable", "out"} {
			s.gauge(
				"traybell_call_queue_members",
				"Members of the queue; out: of the PBX's configuration, with an agent "+
					"who has left the queue.",
				float64(q.Members[state]),
				"pbx",
				q.PBX,
				"queue",
				q.Name,
				"state",
				state,
			)
		}
	}
	for kind, n := range alarms {
		s.count(
			"traybell_call_queue_alarms_total",
			"Alarms of queues: waiting, too many callers; longest, a caller waits "+
				"too long; category, a caller of a category waits.",
			n,
			"kind",
			string(kind),
		)
	}
}

func (f reader) reloads(s sink) {
	r := f.sources.Reloads()
	s.gauge("traybell_config_reload_ok",
		"1 if the last reload of hub.yml succeeded, 0 if it was rejected.", flag(r.OK))
	if !r.Applied.IsZero() {
		s.gauge("traybell_config_reload_timestamp_seconds", "Time of the last successful load of hub.yml, Unix time.",
			float64(r.Applied.Unix()))
	}
	s.gauge("traybell_config_reload_duration_seconds", "Duration of the last reload of hub.yml; 0 before the first.",
		r.Took.Seconds())
	s.gauge("traybell_config_waiting_keys", "Changed keys of hub.yml that need a restart.", float64(r.Waiting))
	s.sum("traybell_config_reloads_total", "Reloads of hub.yml.", int64(r.Succeeded), "result", "ok")
	s.sum("traybell_config_reloads_total", "Reloads of hub.yml.", int64(r.Failed), "result", "failed")
}

func (f reader) webhooks(s sink) {
	ctx, cancel := context.WithTimeout(context.Background(), scrapeTime)
	defer cancel()
	list, dropped, err := f.sources.Webhooks(ctx)
	if err != nil {
		s.to <- prometheus.NewInvalidMetric(prometheus.NewDesc("traybell_webhook_waiting", "", nil, nil), err)
		return
	}
	s.count("traybell_webhook_dropped_total", "Events dropped because too many waited for their webhooks.", dropped)
	const attempts, attemptsHelp = "traybell_webhook_attempts_total", "Attempts to deliver events: ok, failed."
	for _, w := range list {
		s.count(attempts, attemptsHelp, w.Delivered, "webhook", w.Name, "result", "ok")
		s.count(attempts, attemptsHelp, w.Attempts, "webhook", w.Name, "result", "failed")
		s.gauge("traybell_webhook_waiting", "Events that wait for their delivery.", float64(w.Waiting), "webhook",
			w.Name)
		s.gauge("traybell_webhook_set_aside", "Events that were refused or are too old; an administrator decides.",
			float64(w.SetAside), "webhook", w.Name)
		s.gauge("traybell_webhook_off", "1 if the receiver said that it is gone.", flag(w.Off), "webhook", w.Name)
		var failing float64
		if !w.Since.IsZero() {
			failing = time.Since(w.Since).Seconds()
		}
		s.gauge("traybell_webhook_failing_seconds", "Since when no event was accepted; 0 if the last one was.", failing,
			"webhook", w.Name)
	}
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

func (s sink) signIns(name, help string, n signin.Counts) {
	s.sum(name, help, n.OK, "result", "ok")
	s.sum(name, help, n.Refused, "result", "refused")
	s.sum(name, help, n.Limited, "result", "limited")
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
