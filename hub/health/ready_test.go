package health

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"traybell/shared/protocol"
)

func TestReady(t *testing.T) {
	for name, c := range map[string]struct {
		failing []string
		pbxs    []protocol.PBX
		code    int
		want    string
	}{
		"all works": {
			pbxs: []protocol.PBX{{ID: "main", State: protocol.PBXWorking}}, code: 200, want: "ready\n",
		},
		"a PBX is down": {
			pbxs: []protocol.PBX{
				{ID: "main", State: protocol.PBXWorking},
				{ID: "branch", State: protocol.PBXConnecting, Reason: "dial tcp 10.1.2.3: refused"},
			},
			code: 200, want: "ready\nPBX branch: connecting\n",
		},
		"the database is read-only": {failing: []string{"database"}, code: 503, want: "not ready: database\n"},
		"the hub stops": {
			failing: []string{"sign-in", "desk"}, pbxs: []protocol.PBX{{ID: "main", State: protocol.PBXStopped}},
			code: 503, want: "not ready: sign-in, desk\nPBX main: stopped\n",
		},
	} {
		t.Run(name, func(t *testing.T) {
			var logged []string
			r := &Ready{
				PBXs:   func() []protocol.PBX { return c.pbxs },
				Failed: func(name string, err error) { logged = append(logged, name+": "+err.Error()) },
			}
			for _, part := range []string{"sign-in", "desk", "database"} {
				r.Checks = append(r.Checks, Check{part, func(context.Context) error {
					if strings.Contains(fmt.Sprint(c.failing), part) {
						return errors.New("it failed: /var/lib/secret")
					}
					return nil
				}})
			}
			w := httptest.NewRecorder()
			r.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), "GET", "/readyz", nil))
			if w.Code != c.code || w.Body.String() != c.want {
				t.Errorf("%d %q, want %d %q", w.Code, w.Body, c.code, c.want)
			}
			if len(logged) != len(c.failing) {
				t.Errorf("logged: %q", logged)
			}
		})
	}
}

// Anyone may ask as often as the network allows.
func TestManyQuestionsAreOneCheckASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		checks := 0
		r := &Ready{
			PBXs: func() []protocol.PBX { return nil }, Failed: func(string, error) {},
			Checks: []Check{{"slow", func(ctx context.Context) error {
				checks++
				<-ctx.Done()
				return ctx.Err()
			}}},
		}
		began := time.Now()
		ask := func() {
			r.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), "GET", "/readyz", nil))
		}
		for range 20 {
			ask()
		}
		if checks != 1 || time.Since(began) != checkTime {
			t.Errorf("%d checks in %s", checks, time.Since(began))
		}
		time.Sleep(checkedIn)
		if ask(); checks != 2 {
			t.Errorf("%d checks", checks)
		}
	})
}
