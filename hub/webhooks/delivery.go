package webhooks

import (
	"context"
	"time"

	"traybell/hub/jobs"
)

// Delivery is an event on its way to a webhook.
type Delivery struct {
	ID      int64
	Webhook string // name
	Event   string // id of the event: the receiver knows a repetition by it
	Type    string
	At      time.Time // of the event
	Body    []byte    // empty after the delivery
	State   State
	Error   string // of the last attempt
	jobs.Progress
	Claim jobs.Claim
}

// State is the state of a delivery.
type State string

// The states.
const (
	Waiting   State = "waiting"
	Delivered State = "delivered"
	SetAside  State = "set_aside" // refused or too old; later events are not held up
)

// Off is a webhook whose receiver said that it is gone.
type Off struct {
	Webhook string
	URL     string // the one that is gone: another one is tried
	At      time.Time
	Reason  string
}

// Waits counts the deliveries of a webhook that are not delivered.
type Waits struct{ Waiting, SetAside int }

// Store keeps deliveries.
type Store interface {
	// KeepDeliveries stores deliveries. It leaves out those whose webhook has the event already.
	KeepDeliveries(ctx context.Context, list []Delivery) error
	// NextDelivery claims the oldest waiting delivery of a webhook. ok is false if there is none, or
	// another owner has claimed it.
	NextDelivery(ctx context.Context, webhook string, claim jobs.Claim) (d Delivery, ok bool, err error)
	// AdvanceDelivery stores Tries, Next, Error and Claim. It returns jobs.ErrTaken if another owner
	// has claimed the delivery, or it no longer waits.
	AdvanceDelivery(ctx context.Context, d Delivery) error
	// EndDelivery stores State, Tries and Error, and releases the claim. One that is delivered loses
	// its body.
	EndDelivery(ctx context.Context, d Delivery) error
	// Undelivered returns waiting deliveries and those set aside, of one webhook or of all, oldest
	// first.
	Undelivered(ctx context.Context, webhook string, most int) ([]Delivery, error)
	// CountDeliveries counts what is not delivered, by webhook.
	CountDeliveries(ctx context.Context) (map[string]Waits, error)
	// RetryDelivery makes a delivery that was set aside wait again; id 0: all of a webhook. It returns
	// how many there were.
	RetryDelivery(ctx context.Context, webhook string, id int64) (int, error)
	// DropDelivery deletes a delivery that waits or was set aside; id 0: all of a webhook.
	DropDelivery(ctx context.Context, webhook string, id int64) (int, error)
	// ForgetDeliveries deletes what is delivered since before the first time, and set aside since
	// before the second; it sets aside what waits since before the third. Of the waiting deliveries of
	// each webhook it deletes the oldest beyond most, and returns their number.
	ForgetDeliveries(ctx context.Context, delivered, setAside, waiting time.Time, most int) (dropped int, err error)
	// SwitchOff stores that a receiver is gone. SwitchOn deletes that.
	SwitchOff(ctx context.Context, off Off) error
	SwitchOn(ctx context.Context, webhook string) error
	SwitchedOff(ctx context.Context) ([]Off, error)
}
