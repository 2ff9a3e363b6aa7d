// Package duties has the page of working times.
package duties

import (
	"bytes"
	"net/http"
	"time"

	"traybell/hub/admin"
	"traybell/hub/staff"
	"traybell/hub/web/pages"
	"traybell/shared/protocol"
)

// TimesPath is the path of the page.
const TimesPath = "/work-times"

// Pages is the page of working times.
type Pages struct {
	*pages.Renderer
	Staff pages.Staff
	Duty  *admin.Duty
}

// timesPage is what times.html shows.
type timesPage struct {
	May    pages.May
	On     bool
	Filter admin.WorkFilter
	Agents []staff.Agent // to choose from
	Shifts []shiftRow
	Rows   []timeRow
	Tasks  []taskRow
	CSV    string
	Error  string
}

// shiftRow is the day of an agent.
type shiftRow struct {
	Day, Agent, Name                              string
	Shift, Waiting, Pause, WrapUp, Calls, Offline time.Duration
}

type timeRow struct {
	admin.WorkTime
	Took time.Duration
}

type taskRow struct {
	admin.DoneTask
	Took time.Duration
}

// List shows working times and finished tasks.
func (p *Pages) List(w http.ResponseWriter, r *http.Request) {
	who, status := pages.Principal(r), http.StatusOK
	page := timesPage{May: pages.MayOf(r), On: p.Duty.On(), Filter: filterOf(r), Agents: p.Staff().Agents()}
	rows, err := p.Duty.WorkTimes(r.Context(), who, page.Filter)
	var tasks []admin.DoneTask
	if err == nil {
		tasks, err = p.Duty.Tasks(r.Context(), who, page.Filter)
	}
	if err != nil {
		status, page.Error = p.Explain(r, err)
	}
	for _, row := range rows {
		page.add(row)
	}
	for _, t := range tasks {
		page.Tasks = append(page.Tasks, taskRow{t, t.Ended.Sub(t.Began)})
	}
	values := r.URL.Query()
	values.Del("done")
	page.CSV = pages.Link(TimesPath+".csv", values)
	if page.Filter.From == "" && page.Filter.To == "" {
		page.Filter.From, page.Filter.To = p.Duty.Today(), p.Duty.Today()
	}
	p.Show(w, r, status, pages.View{Name: "times.html", Title: "times.title", Data: page})
}

func filterOf(r *http.Request) admin.WorkFilter {
	return admin.WorkFilter{Agent: pages.Query(r, "agent"), From: pages.Query(r, "from"), To: pages.Query(r, "to")}
}

// add adds a time to the agent's day. Rows of a day follow each other.
func (page *timesPage) add(row admin.WorkTime) {
	took := time.Duration(row.Seconds) * time.Second
	page.Rows = append(page.Rows, timeRow{row, took})
	last := len(page.Shifts) - 1
	if last < 0 || page.Shifts[last].Day != row.Day || page.Shifts[last].Agent != row.Agent {
		page.Shifts = append(page.Shifts, shiftRow{Day: row.Day, Agent: row.Agent, Name: row.Name})
		last++
	}
	day := &page.Shifts[last]
	day.Shift += took
	switch row.State {
	case protocol.AgentWaiting:
		day.Waiting += took
	case protocol.AgentPause:
		day.Pause += took
	case protocol.AgentWrapUp:
		day.WrapUp += took
	case protocol.AgentIdle, protocol.AgentTask:
		day.Offline += took
	case protocol.AgentRinging, protocol.AgentCalling, protocol.AgentTalking, protocol.AgentHold, protocol.AgentOff:
		day.Calls += took
	}
}

// CSV sends working times as a file for spreadsheets.
func (p *Pages) CSV(w http.ResponseWriter, r *http.Request) {
	var text bytes.Buffer // a year of a hundred agents is some megabytes
	if err := p.Duty.WriteCSV(r.Context(), pages.Principal(r), filterOf(r), &text); err != nil {
		p.Refuse(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="work-times-`+p.Duty.Today()+`.csv"`)
	_, _ = text.WriteTo(w)
}
