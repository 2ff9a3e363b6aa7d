package desk

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"traybell/hub/fail"
	"traybell/hub/helpdesk"
	"traybell/hub/staff"
	"traybell/hub/ticketing"
	"traybell/shared/protocol"
)

func TestTicketIsMadeWhenTheHelpDeskIsBack(t *testing.T) {
	open(t, nil, func(o *office) {
		o.desk.fail = away(8)
		o.change(rings("84951234567", leg("101", protocol.Ringing), leg("102", protocol.Ringing)))
		began := time.Now()
		if number, failure := o.press(anna, "1"); failure != nil || number != "later" {
			t.Fatalf("pressed while the help desk is down: %q, %+v", number, failure)
		}
		if waited := time.Since(began); waited > 0 {
			t.Errorf("anna waited %v for the answer", waited)
		}
		if number, failure := o.press(anna, "1"); failure != nil || number != "later" {
			t.Errorf("sent again: %q, %+v", number, failure)
		}
		ended := rings("84951234567")
		ended.State, ended.Ended = protocol.Ended, time.Now()
		o.change(ended)
		o.shown()
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		to, m := o.messages(protocol.TicketCreated)
		if !slices.Equal(to, []string{"boris", "anna"}) {
			t.Errorf("sent to %q", to)
		}
		var made protocol.CreatedTicket
		if err := m.Decode(&made); err != nil || !made.Late || made.Number != "T-9" ||
			made.Caller != "Ivan Ivanov, +74951234567" {
			t.Errorf("%+v, %v", made, err)
		}
		if o.desk.creates != 9 || len(o.desk.made) != 1 {
			t.Errorf("%d attempts, %d tickets", o.desk.creates, len(o.desk.made))
		}
	})
}

func TestAgentsDoNotWaitForASlowHelpDesk(t *testing.T) {
	open(t, nil, func(o *office) {
		o.desk.slow = 20 * time.Second
		o.change(rings("84951234567", leg("101", protocol.Ringing)))
		began := time.Now()
		if number, failure := o.press(anna, "1"); failure != nil || number != "later" ||
			time.Since(began) != 5*time.Second {
			t.Errorf("after %v: %q, %+v", time.Since(began), number, failure)
		}
		o.shown()
		time.Sleep(time.Minute)
		synctest.Wait()
		if to, _ := o.messages(protocol.TicketCreated); !slices.Equal(to, []string{"anna"}) || o.desk.creates != 1 {
			t.Errorf("sent to %q, %d tickets", to, o.desk.creates)
		}
	})
}

func TestNoSecondTicketWhileTheFirstIsUncertain(t *testing.T) {
	open(t, nil, func(o *office) {
		o.desk.fail = []error{&helpdesk.Error{Reason: "No answer.", Retry: true, Uncertain: true}}
		o.desk.blind = 1000
		o.change(rings("84951234567", leg("101", protocol.Ringing)))
		if number, _ := o.press(anna, "1"); number != "later" {
			t.Fatalf("while the request is uncertain: %q", number)
		}
		time.Sleep(50 * time.Second)
		synctest.Wait()
		if n := o.desk.count(); n != 1 {
			t.Errorf("%d tickets were requested while the first is uncertain", n)
		}
		time.Sleep(5 * time.Minute)
		synctest.Wait()
		if n := o.desk.count(); n != 2 {
			t.Errorf("%d tickets were requested in the end", n)
		}
	})
}

func TestLateRefusalIsSent(t *testing.T) {
	open(t, nil, func(o *office) {
		o.desk.fail = append(away(2), &helpdesk.Error{Reason: "A page for people came."},
			&helpdesk.Error{Reason: "There is no queue Raw.", Refused: true})
		o.change(rings("84951234567", leg("101", protocol.Ringing)))
		if number, _ := o.press(anna, "press-1"); number != "later" {
			t.Fatalf("got %q", number)
		}
		time.Sleep(5 * time.Minute)
		synctest.Wait()
		to, m := o.messages(protocol.TicketCreate)
		var f protocol.Failure
		if err := m.Decode(&f); err != nil || m.Re != "press-1" ||
			f.Problem != protocol.HelpDeskRefused || strings.Contains(f.Text, "Raw") || !slices.Equal(to, []string{
			"anna",
		}) {
			t.Errorf("%q: %+v, %v", to, m, err)
		}
		if number, failure := o.press(anna, "press-2"); failure != nil || number != "T-5" {
			t.Errorf("pressed again: %q, %+v", number, failure)
		}
	})
}

func (o *office) press(a staff.Agent, id string) (string, *fail.Error) {
	o.t.Helper()
	return did(o.CreateTicket(o.ctx, a, ticketing.CreateTicket{ActionID: id, Call: "main:1.1"}))
}

// did returns the result of a press: the ticket's number, or "later".
func did(answer ticketing.TicketAnswer, err error) (string, *fail.Error) {
	switch {
	case err != nil:
		return "", fail.Of(err)
	case answer.Queued != nil:
		return "later", nil
	}
	return answer.Created.Number, nil
}

func TestManyPressesMakeOneTicket(t *testing.T) {
	open(t, nil, func(o *office) {
		o.change(rings("84951234567", leg("101", protocol.Ringing), leg("102", protocol.Ringing)))
		var wg sync.WaitGroup
		for i := range 20 {
			wg.Go(func() {
				number, failure := o.press([]staff.Agent{anna, boris}[i%2], fmt.Sprint("press-", i))
				if failure != nil || number != "T-1" {
					t.Errorf("press %d: %q, %+v", i, number, failure)
				}
			})
		}
		wg.Wait()
		if o.desk.creates != 1 {
			t.Errorf("%d tickets were made", o.desk.creates)
		}
	})
}

func TestTicketOfAnUncertainRequestIsFound(t *testing.T) {
	open(t, nil, func(o *office) {
		o.desk.fail = []error{&helpdesk.Error{Reason: "No answer.", Uncertain: true}}
		o.change(rings("84951234567", leg("101", protocol.Ringing)))
		if number, failure := o.press(anna, "1"); failure != nil || number != "T-1" {
			t.Errorf("the ticket was not found: %q, %+v", number, failure)
		}
		if o.desk.creates != 1 {
			t.Errorf("%d tickets were made", o.desk.creates)
		}
	})
}

func TestTicketOfAnUncertainRequestIsFoundLater(t *testing.T) {
	open(t, nil, func(o *office) {
		o.desk.fail = []error{&helpdesk.Error{Reason: "No answer.", Uncertain: true}}
		o.desk.blind = 3
		o.change(rings("84951234567", leg("101", protocol.Ringing)))
		if number, failure := o.press(anna, "1"); failure != nil || number != "T-1" {
			t.Errorf("found later: %q, %+v", number, failure)
		}
	})
	open(t, nil, func(o *office) {
		o.desk.fail = []error{&helpdesk.Error{Reason: "No answer.", Uncertain: true}}
		o.desk.blind = 9 // longer than the agent waits
		o.change(rings("84951234567", leg("101", protocol.Ringing)))
		if number, failure := o.press(anna, "1"); failure != nil || number != "later" {
			t.Fatalf("while the request is uncertain: %q, %+v", number, failure)
		}
		time.Sleep(2 * time.Minute)
		if number, failure := o.press(anna, "2"); failure != nil || number != "T-1" || o.desk.creates != 1 {
			t.Errorf("the next press: %q, %+v, %d tickets", number, failure, o.desk.creates)
		}
	})
}

func TestRefusedTicketMayBePressedAgain(t *testing.T) {
	open(t, nil, func(o *office) {
		o.desk.fail = []error{&helpdesk.Error{Reason: "There is no queue Raw.", Err: errors.New("InvalidParameter")}}
		o.change(rings("84951234567", leg("101", protocol.Ringing)))
		if _, failure := o.press(anna, "1"); failure == nil || failure.Code != fail.HelpDesk ||
			failure.Problem != protocol.HelpDeskSetup || strings.Contains(failure.Text, "Raw") ||
			!strings.Contains(failure.Detail, "There is no queue Raw.") || failure.Retry {
			t.Errorf("got %+v", failure)
		}
		if number, failure := o.press(anna, "2"); failure != nil || number != "T-2" {
			t.Errorf("pressed again: %q, %+v", number, failure)
		}
	})
}

func TestPressOnAnotherAgentsCallIsForbidden(t *testing.T) {
	open(t, nil, func(o *office) {
		o.change(rings("84951234567", leg("101", protocol.Ringing)))
		if _, failure := o.press(boris, "1"); failure == nil || failure.Code != fail.Forbidden {
			t.Errorf("%+v", failure)
		}
		if o.desk.creates != 0 {
			t.Error("a ticket was made")
		}
	})
}

func TestChosenCustomerIsNotAskedForAgain(t *testing.T) {
	customers := []protocol.Customer{{Login: "ivanov", Name: "Ivan Ivanov"}, {Login: "petrov", Name: "Pyotr Petrov"}}
	for _, one := range []struct {
		customer string
		want     protocol.CallerStatus
		logins   string
	}{{"petrov", protocol.Known, "petrov"}, {"", protocol.Unknown, ""}} {
		open(t, nil, func(o *office) {
			o.found["+74951234567"] = customers
			o.desk.fail = []error{
				&helpdesk.Error{Reason: "There is no queue Raw.", Err: errors.New("InvalidParameter")},
			}
			seen := func() (protocol.CallerStatus, string) {
				var logins []string
				c := o.card()
				for _, one := range c.Caller.Customers {
					logins = append(logins, one.Login)
				}
				return c.Caller.Status, strings.Join(logins, " ")
			}
			o.change(rings("84951234567", leg("101", protocol.Answered)))
			press := ticketing.CreateTicket{ActionID: "1", Call: "main:1.1", Customer: one.customer}
			if _, err := o.CreateTicket(o.ctx, anna, press); err == nil {
				t.Fatal("the refused ticket was made")
			}
			if status, logins := seen(); status != protocol.Several || logins != "ivanov petrov" {
				t.Errorf("after the refusal: %s %q", status, logins)
			}
			press.ActionID = "2"
			if _, err := o.CreateTicket(o.ctx, anna, press); err != nil {
				t.Fatal(err)
			}
			check := func(when string) {
				if status, logins := seen(); status != one.want || logins != one.logins {
					t.Errorf("%s: %s %q, want %s %q", when, status, logins, one.want, one.logins)
				}
			}
			o.change(rings("84951234567", leg("101", protocol.Ended), leg("102", protocol.Ringing)))
			check("after the transfer")
			defer o.restart()()
			o.change(rings("84951234567", leg("101", protocol.Answered)))
			check("after a restart")
		})
	}
}
