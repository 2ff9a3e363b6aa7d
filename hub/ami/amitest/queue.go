package amitest

import (
	"fmt"
	"slices"
	"strconv"
	"time"
)

// Queues are the queues of a PBX. Its exported methods may be called from any goroutine.
type Queues struct {
	pbx   *PBX
	lines map[string]*line // by name; guarded by the PBX's lock
}

// line is a queue of the PBX.
type line struct {
	configured bool // by AddQueue: it exists without callers, and has device states
	members    []*member
	callers    []*Call
}

// member is a member of a queue.
type member struct {
	iface, state, name string
	dynamic, paused    bool
	reason             string
	penalty            int
	added, pausedAt    time.Time
}

// Add adds a queue with members of the PBX's configuration, such as "PJSIP/101".
func (s *Queues) Add(name string, static ...string) {
	s.pbx.mu.Lock()
	defer s.pbx.mu.Unlock()
	q := s.line(name)
	q.configured = true
	for _, iface := range static {
		q.members = append(q.members, &member{iface: iface, state: iface, name: iface, added: s.started()})
	}
}

// Members describes the members of a queue in the order in which they were added:
// "PJSIP/101", "Local/102@from-queue/n paused lunch".
func (s *Queues) Members(queue string) (list []string) {
	s.pbx.mu.Lock()
	defer s.pbx.mu.Unlock()
	for _, m := range s.line(queue).members {
		text := m.iface
		if m.paused {
			text += " paused"
			if m.reason != "" {
				text += " " + m.reason
			}
		}
		list = append(list, text)
	}
	return list
}

// Join has somebody add a member on the PBX.
func (s *Queues) Join(queue, iface, state string) {
	s.pbx.mu.Lock()
	defer s.pbx.mu.Unlock()
	s.addMember(queue, &member{iface: iface, state: state, name: iface})
}

// Leave has somebody remove a member on the PBX.
func (s *Queues) Leave(queue, iface string) {
	s.pbx.mu.Lock()
	defer s.pbx.mu.Unlock()
	s.removeMember(queue, iface)
}

// Pause has somebody pause a member on the PBX, or end its pause.
func (s *Queues) Pause(queue, iface string, paused bool, reason string) {
	s.pbx.mu.Lock()
	defer s.pbx.mu.Unlock()
	s.pauseMember(queue, iface, paused, reason)
}

// line returns a queue. the PBX's lock is held.
func (s *Queues) line(name string) *line {
	if s.lines[name] == nil {
		s.lines[name] = &line{}
	}
	return s.lines[name]
}

func (s *Queues) started() time.Time { return time.Unix(s.pbx.boot, 0) }

// restart is what a restart does: dynamic members stay as they are, others are no longer paused.
func (s *Queues) restart() {
	for _, q := range s.lines {
		q.callers = nil
		for _, m := range q.members {
			m.added, m.pausedAt = s.started(), s.started()
			if !m.dynamic {
				m.paused, m.reason = false, ""
			}
		}
	}
}

func (q *line) at(iface string) int {
	return slices.IndexFunc(q.members, func(m *member) bool { return m.iface == iface })
}

// about is an event about a member.
func (m *member) about(name, queue string) Event {
	return NewEvent(name, "agent", append([]string{"Queue", queue, "MemberName", m.name, "Interface", m.iface},
		m.fields()...)...)
}

func (m *member) fields() []string {
	membership := "static"
	if m.dynamic {
		membership = "dynamic"
	}
	paused, pausedAt := "0", int64(0)
	if m.paused {
		paused = "1"
	}
	if !m.pausedAt.IsZero() {
		pausedAt = m.pausedAt.Unix()
	}
	return []string{
		"StateInterface", m.state, "Membership", membership, "Penalty", strconv.Itoa(m.penalty), "CallsTaken", "0",
		"LastCall", "0", "LastPause", strconv.FormatInt(pausedAt, 10), "LoginTime",
		strconv.FormatInt(m.added.Unix(), 10),
		"InCall", "0", "Status", "1", "Paused", paused, "PausedReason", m.reason, "Ringinuse", "0", "Wrapuptime", "0",
	}
}

// device is the state of a queue as a device.
func (s *Queues) device(queue, suffix string, busy bool) {
	state := "NOT_INUSE"
	if busy {
		state = "INUSE"
	}
	if s.line(queue).configured {
		s.pbx.emit(NewEvent("DeviceStateChange", "call", "Device", "Queue:"+queue+suffix, "State", state))
	}
}

func (s *Queues) addMember(queue string, m *member) (refused string) {
	q := s.lines[queue]
	switch {
	case q == nil:
		return "Unable to add interface to queue: No such queue"
	case q.at(m.iface) >= 0:
		return "Unable to add interface: Already there"
	}
	m.dynamic, m.added = true, time.Now()
	if m.paused {
		m.pausedAt = m.added
	}
	q.members = append(q.members, m)
	s.device(queue, "_pause_"+m.iface, m.paused)
	s.pbx.emit(m.about("QueueMemberAdded", queue))
	return ""
}

func (s *Queues) removeMember(queue, iface string) (refused string) {
	q := s.line(queue)
	i := q.at(iface)
	switch {
	case i < 0:
		return "Unable to remove interface: Not there"
	case !q.members[i].dynamic:
		return "Member not dynamic"
	}
	m := q.members[i]
	q.members = slices.Delete(q.members, i, i+1)
	s.device(queue, "_avail", len(q.members) == 0)
	s.pbx.emit(m.about("QueueMemberRemoved", queue))
	return ""
}

func (s *Queues) pauseMember(queue, iface string, paused bool, reason string) (refused string) {
	found := false
	for name, q := range s.lines {
		i := q.at(iface)
		if i < 0 || queue != "" && queue != name {
			continue
		}
		found = true
		m := q.members[i]
		if m.paused, m.reason = paused, ""; paused {
			m.reason, m.pausedAt = reason, time.Now()
		}
		s.device(name, "_pause_"+iface, paused)
		s.pbx.emit(m.about("QueueMemberPause", name))
	}
	if !found {
		return "Interface not found"
	}
	return ""
}

// done answers an action that changes a member.
func (r request) done(refused, message string) {
	if refused != "" {
		r.refuse(refused)
		return
	}
	r.reply("Success", "Message", message)
}

func (r request) queueAdd() {
	m := &member{
		iface: r.message.Get("Interface"), state: r.message.Get("StateInterface"), name: r.message.Get("MemberName"),
		paused: r.message.Get("Paused") == "true", reason: r.message.Get("Reason"),
	}
	m.penalty, _ = strconv.Atoi(r.message.Get("Penalty"))
	if m.state == "" {
		m.state = m.iface
	}
	r.done(r.pbx.Queues.addMember(r.message.Get("Queue"), m), "Added interface to queue")
}

func (r request) queueRemove() {
	r.done(r.pbx.Queues.removeMember(r.message.Get("Queue"), r.message.Get("Interface")),
		"Removed interface from queue")
}

func (r request) queuePause() {
	paused := r.message.Get("Paused") == "true"
	message := "Interface unpaused successfully"
	if paused {
		message = "Interface paused successfully"
	}
	r.done(r.pbx.Queues.pauseMember(r.message.Get("Queue"), r.message.Get("Interface"), paused,
		r.message.Get("Reason")),
		message)
}

func (r request) queueStatus() {
	var rows []Event
	for name, q := range r.pbx.Queues.lines {
		rows = append(rows, NewEvent("QueueParams", "", "Queue", name, "Max", "0", "Strategy", "ringall", "Calls",
			strconv.Itoa(len(q.callers)), "Holdtime", "0", "TalkTime", "0", "Completed", "0", "Abandoned", "0"))
		for _, m := range q.members {
			rows = append(rows, NewEvent("QueueMember", "", append([]string{
				"Queue", name, "Name", m.name, "Location",
				m.iface,
			}, m.fields()...)...))
		}
		for i, c := range q.callers {
			from := c.from.snapshot
			rows = append(rows, NewEvent("QueueEntry", "", "Queue", name, "Position", strconv.Itoa(i+1), "Channel",
				from.Name, "Uniqueid", from.Uniqueid, "CallerIDNum", orUnknown(from.CallerNum), "CallerIDName",
				orUnknown(from.CallerName), "Wait", seconds(c.joined), "Priority", "0"))
		}
	}
	r.list("Queue status will follow", "QueueStatusComplete", rows)
}

// orUnknown is a withheld CallerID as QueueStatus has it.
func orUnknown(text string) string {
	if text == "" {
		return "unknown"
	}
	return text
}

// enter puts a caller into a queue.
func (s *Queues) enter(queue string, c *Call) {
	q := s.line(queue)
	q.callers = append(q.callers, c)
	n := strconv.Itoa(len(q.callers))
	if len(q.callers) == 1 {
		s.device(queue, "", true)
	}
	s.pbx.emit(with(c.from.about("QueueCallerJoin"), "Queue", queue, "Position", n, "Count", n))
}

// place is the position of a caller in a queue, from 1.
func (s *Queues) place(queue string, c *Call) string {
	return fmt.Sprint(slices.Index(s.line(queue).callers, c) + 1)
}

// leave takes a caller out of a queue.
func (s *Queues) leave(queue string, c *Call) {
	q, place := s.line(queue), s.place(queue, c)
	q.callers = slices.DeleteFunc(q.callers, func(other *Call) bool { return other == c })
	if len(q.callers) == 0 {
		s.device(queue, "", false)
	}
	s.pbx.emit(with(c.from.about("QueueCallerLeave"), "Queue", queue, "Position", place, "Count",
		strconv.Itoa(len(q.callers))))
}
