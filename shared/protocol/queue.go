package protocol

import (
	"errors"
	"time"
)

// QueueState is the place of an agent in a queue.
type QueueState string

// The places.
const (
	QueueOut    QueueState = "out"
	QueueIn     QueueState = "in"
	QueuePaused QueueState = "paused" // in, and gets no calls
)

// QueueControl is what an agent may do with a queue now. Each is also the action "queue.<control>".
type QueueControl string

// The controls.
const (
	QueueJoins   QueueControl = "join"
	QueueLeaves  QueueControl = "leave"
	QueuePauses  QueueControl = "pause"
	QueueResumes QueueControl = "resume"
)

// MaxQueueMembers limits the members in the event queue.
const MaxQueueMembers = 40

// Queue is the data of the event queue: a queue that the agent has or may see, as it is now. It comes
// for each of them after session.opened, and after changes. PBX and Name identify it. Gone: the agent
// has nothing to do with it any more; the other fields are empty.
type Queue struct {
	PBX     string         `json:"pbx"`
	Name    string         `json:"name"`
	Title   string         `json:"title,omitempty"`
	Gone    bool           `json:"gone,omitempty"`
	Down    bool           `json:"down,omitempty"` // what follows is unknown: no connection, or no such queue
	Waiting int            `json:"waiting"`
	Longest int            `json:"longest,omitempty"` // seconds of the longest wait, when sent
	Agents  int            `json:"agents"`            // members
	Free    int            `json:"free"`              // of these
	Members []QueueMember  `json:"members,omitempty"` // the first MaxQueueMembers
	Mine    QueueState     `json:"mine,omitempty"`    // empty: the agent sees the queue only
	Reason  string         `json:"reason,omitempty"`  // of the agent's pause
	Can     []QueueControl `json:"can,omitempty"`
}

// QueueMember is a member of a queue.
type QueueMember struct {
	Name   string    `json:"name"`            // of the agent, or as the PBX has it
	Login  string    `json:"login,omitempty"` // empty: no agent of the hub
	State  string    `json:"state"`           // free, ringing, talking, paused, unavailable
	Reason string    `json:"reason,omitempty"`
	Since  time.Time `json:"since,omitzero"` // of a pause
}

// SetQueue is the data of queue.join, queue.leave, queue.pause and queue.resume. The answer is accepted
// when the PBX shows that it happened. PBX and Name are as in Queue; without a name it is about all
// queues of the agent. Reason is that of a pause.
type SetQueue struct {
	PBX    string `json:"pbx,omitempty"`
	Name   string `json:"name,omitempty"`
	Reason string `json:"reason,omitempty"`
}

// MaxPauseReason limits the characters of the reason of a pause.
const MaxPauseReason = 60

// QueueAlarmKind is what is wrong with a queue.
type QueueAlarmKind string

// The kinds.
const (
	AlarmWaiting  QueueAlarmKind = "waiting"  // too many callers
	AlarmLongest  QueueAlarmKind = "longest"  // a caller waits too long
	AlarmCategory QueueAlarmKind = "category" // a caller of a category waits
)

// QueueAlarm is the data of the warning queue.alarm. It lasts until queue.calm with its ID.
type QueueAlarm struct {
	ID       string         `json:"id"`
	Kind     QueueAlarmKind `json:"kind"`
	PBX      string         `json:"pbx"`
	Name     string         `json:"name"` // of the queue
	Title    string         `json:"title,omitempty"`
	Waiting  int            `json:"waiting"`           // callers
	Limit    int            `json:"limit,omitempty"`   // callers, or seconds
	Caller   string         `json:"caller,omitempty"`  // of AlarmCategory: the number, or whose it is
	Category Category       `json:"category,omitzero"` // of AlarmCategory
	Since    time.Time      `json:"since"`
}

// QueueCalm is the data of the notification queue.calm: the cause of an alarm has ended, or an agent
// has acknowledged it, whose name is By.
type QueueCalm struct {
	ID string `json:"id"`
	By string `json:"by,omitempty"`
}

// AcknowledgeAlarm is the data of queue.acknowledge. The alarm ends at all desktops.
type AcknowledgeAlarm struct {
	ID string `json:"id"`
}

// Check validates the data, except what a person types as the reason.
func (q SetQueue) Check() error {
	if q.PBX != "" && q.Name == "" {
		return errors.New("the field pbx needs the field name")
	}
	if err := key("pbx", q.PBX); err != nil {
		return err
	}
	return key("name", q.Name)
}

// Check validates the data.
func (a AcknowledgeAlarm) Check() error { return required("id", a.ID) }
