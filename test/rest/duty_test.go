package rest

import (
	"strings"
	"time"

	"traybell/hub/access"
	"traybell/test/rest/client"
)

const states = `states: {enabled: true, begin: press, away: 0s, pauses: [{code: lunch, name: Lunch, limit: 45m}]}
tasks: {projects: [{code: "1200", name: Acme}], kinds: [{code: mail, name: Letters}]}
`

// duties has a supervisor's program take anna through a short day.
func (o *office) duties(did driven) {
	t, ctx, c := o.t, o.t.Context(), o.as(access.Supervise)
	set := func(body client.SetAgentStateJSONRequestBody) {
		t.Helper()
		done, err := c.SetAgentStateWithResponse(ctx, "anna", body)
		did.ok(t, "setAgentState", err, done, done.Body)
	}
	state := func(s client.SetStateBodyState) *client.SetStateBodyState { return &s }
	lunch, offline := "lunch", client.SetStateBodyModeOffline
	set(client.SetAgentStateJSONRequestBody{State: state(client.SetStateBodyStateWaiting)})
	set(client.SetAgentStateJSONRequestBody{State: state(client.SetStateBodyStatePause), Reason: &lunch})
	list, err := c.ListAgentStatesWithResponse(ctx)
	did.ok(t, "listAgentStates", err, list, list.Body)
	if now := (*list.JSON200)[0]; len(*list.JSON200) != 2 || now.State != "pause" || *now.Reason != "lunch" ||
		now.Until.Sub(*now.Since) != 45*time.Minute {
		t.Errorf("%s", list.Body)
	}
	set(client.SetAgentStateJSONRequestBody{Mode: &offline})
	project, note := "1200", "Answered 12 letters."
	begun, err := c.BeginTaskWithResponse(ctx, "anna", &client.BeginTaskParams{}, client.BeginTaskJSONRequestBody{
		Project: &project, Kind: "mail",
	})
	did.ok(t, "beginTask", err, begun, begun.Body)
	refused, err := c.SetAgentStateWithResponse(ctx, "anna", client.SetAgentStateJSONRequestBody{
		State: state(client.SetStateBodyStateWaiting),
	})
	if err != nil || refused.StatusCode() != 409 {
		t.Errorf("waiting in a task: %v, %s", err, refused.Body)
	}
	ended, err := c.EndTaskWithResponse(
		ctx,
		"anna",
		&client.EndTaskParams{},
		client.EndTaskJSONRequestBody{Note: &note},
	)
	did.ok(t, "endTask", err, ended, ended.Body)
	tasks, err := c.ListTasksWithResponse(ctx, &client.ListTasksParams{})
	did.ok(t, "listTasks", err, tasks, tasks.Body)
	if len(*tasks.JSON200) != 1 || *(*tasks.JSON200)[0].Note != note || (*tasks.JSON200)[0].KindName != "Letters" {
		t.Errorf("%s", tasks.Body)
	}
	// A state that lasts less than a second may have none.
	o.until("a second has passed", func() bool {
		times, err := c.ListWorkTimesWithResponse(ctx, &client.ListWorkTimesParams{})
		did.ok(t, "listWorkTimes", err, times, times.Body)
		return len(*times.JSON200) > 0 && (*times.JSON200)[0].Agent == "anna"
	})
	file, err := c.ExportWorkTimesWithResponse(ctx, &client.ExportWorkTimesParams{})
	did.ok(t, "exportWorkTimes", err, file, file.Body)
	if head, rows, _ := strings.Cut(string(file.Body), "\n"); !strings.HasPrefix(head, "day,agent,name,mode,state") ||
		!strings.Contains(rows, ",anna,Anna,") {
		t.Errorf("%s", file.Body)
	}
	bad := "yesterday"
	for _, answer := range []func() (int, error){
		func() (int, error) {
			a, err := c.ListWorkTimesWithResponse(ctx, &client.ListWorkTimesParams{From: &bad})
			return a.StatusCode(), err
		},
		func() (int, error) {
			a, err := c.ExportWorkTimesWithResponse(ctx, &client.ExportWorkTimesParams{From: &bad})
			return a.StatusCode(), err
		},
	} {
		if status, err := answer(); err != nil || status < 400 || status >= 500 {
			t.Errorf("a day that is none: %d, %v", status, err)
		}
	}
}
