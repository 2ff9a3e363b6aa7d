package desk

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"traybell/hub/calls"
	"traybell/shared/protocol"
)

func TestTalkTimeIsAddedOnce(t *testing.T) {
	for name, press := range map[string]string{
		"pressed while talking": "talking", "pressed after the hang-up": "after",
		"the help desk is down": "away",
	} {
		t.Run(name, func(t *testing.T) {
			open(t, nil, func(o *office) {
				c := rings("84951234567", leg("101", protocol.Answered))
				c.State, c.Answered = protocol.Answered, c.Started.Add(5*time.Second)
				o.change(c)
				if press == "away" {
					o.desk.failing(away(3))
				}
				if press != "after" {
					if _, failure := o.press(anna, "1"); failure != nil {
						t.Fatal(failure)
					}
				}
				c.State, c.Ended, c.Legs = protocol.Ended, c.Answered.Add(200*time.Second), []calls.Leg{
					leg("101", protocol.Ended),
				}
				o.change(c)
				if press == "after" {
					if _, failure := o.press(anna, "1"); failure != nil {
						t.Fatal(failure)
					}
				}
				time.Sleep(5 * time.Minute)
				synctest.Wait()
				if len(o.desk.notes) != 1 || o.desk.notes[0].Talk != 200*time.Second ||
					!strings.HasPrefix(o.desk.notes[0].Body,
						"The call lasted 3 min 20 s.") || !o.store.requests["main:1.1"].Noted {
					t.Errorf("notes: %+v; kept: %+v", o.desk.notes, o.store.requests["main:1.1"])
				}
				restarted := o.restart()
				synctest.Wait()
				if restarted(); len(o.desk.notes) != 1 {
					t.Errorf("another hub added it again: %+v", o.desk.notes)
				}
			})
		})
	}
}

func TestNextHubAddsTheTalkTime(t *testing.T) {
	open(t, nil, func(o *office) {
		c := rings("84951234567", leg("101", protocol.Answered))
		c.State, c.Answered = protocol.Answered, c.Started
		o.change(c)
		if number, failure := o.press(anna, "1"); failure != nil || number != "T-1" {
			t.Fatal(number, failure)
		}
		o.desk.failing(away(1000))
		c.State, c.Ended = protocol.Ended, c.Answered.Add(time.Minute)
		o.change(c)
		o.desk.failing(nil)
		stop := o.restart()
		time.Sleep(3 * time.Minute) // what the earlier hub may have sent has shown by then
		synctest.Wait()
		if len(o.desk.notes) != 1 || fmt.Sprint(o.desk.notes[0].Talk) != "1m0s" {
			t.Errorf("notes: %+v", o.desk.notes)
		}
		stop()
	})
}
