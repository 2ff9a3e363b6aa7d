// Package overview has the page with which an administrator begins.
package overview

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"traybell/hub/access"
	"traybell/hub/admin"
	"traybell/hub/web/pages"
)

// Pages is the overview.
type Pages struct {
	*pages.Renderer
	Hub     *admin.Hub
	PBXs    *admin.PBXs
	Tickets *admin.Tickets
	Calls   *admin.Calls
}

// overviewPage is what overview.html shows.
type overviewPage struct {
	May pages.May
	admin.Overview
	PBXList []admin.PBX
	Live    int
	Waiting int  // ticket requests that wait for the help desk
	More    bool // wait than are counted
	Day     admin.Day
	Plot    plot
}

// Start shows the overview; agents, who do not see it, begin with their calls.
func (p *Pages) Start(w http.ResponseWriter, r *http.Request) {
	v := pages.VisitorOf(r)
	if !v.May(access.View) {
		http.Redirect(w, r, "/calls", http.StatusSeeOther)
		return
	}
	page, err := p.read(r.Context(), v.Principal)
	if err != nil {
		p.Refuse(w, r, err)
		return
	}
	page.May = pages.MayOf(r)
	page.Plot.Label = p.Texts(r).SayWith("overview.plot", map[string]any{
		"Calls": page.Day.Calls(), "Busiest": page.Plot.Most,
	})
	p.Show(w, r, http.StatusOK, pages.View{Name: "overview.html", Title: "overview.title", Data: page})
}

func (p *Pages) read(ctx context.Context, who access.Principal) (page overviewPage, err error) {
	if page.Overview, err = p.Hub.Overview(ctx, who); err != nil {
		return page, err
	}
	if page.PBXList, err = p.PBXs.List(ctx, who); err != nil {
		return page, err
	}
	waiting, err := p.Tickets.Waiting(ctx, who, admin.Page{Limit: 100})
	if err != nil {
		return page, err
	}
	page.Waiting, page.More = len(waiting.Items), waiting.Next != ""
	now := time.Now().In(p.Zone)
	midnight := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, p.Zone)
	if page.Day, err = p.Calls.Day(ctx, who, midnight); err != nil {
		return page, err
	}
	for _, n := range page.Calls {
		page.Live += n
	}
	page.Plot = plotOf(page.Day, now)
	return page, nil
}

// The plot's size, in the units of its view box.
const (
	plotWidth  = 720
	plotHeight = 180
	plotLeft   = 36
	plotBottom = 22
	plotTop    = 8
)

// plot is the calls of a day by hour, as an SVG.
type plot struct {
	Label  string // for screen readers
	Most   int    // calls of the busiest hour
	Width  int
	Height int
	Bars   []bar
	Lines  []line
	Hours  []tick
}

type bar struct {
	X, Y, Width, Height    int
	MissedY, MissedHeight  int
	Hour, Answered, Missed int
	Now                    bool
}

type line struct {
	Y, X1, X2 int
	Label     string
}

type tick struct {
	X     int
	Label string
}

func plotOf(d admin.Day, now time.Time) plot {
	p := plot{Width: plotWidth, Height: plotHeight}
	for _, h := range d.Hours {
		p.Most = max(p.Most, h.Answered+h.Missed)
	}
	top := scale(p.Most)
	height := func(calls int) int { return calls * (plotHeight - plotTop - plotBottom) / top }
	base := plotHeight - plotBottom
	wide := (plotWidth - plotLeft) / max(1, len(d.Hours))
	for i, h := range d.Hours {
		begins := d.Begins.Add(time.Duration(i) * time.Hour)
		b := bar{
			X: plotLeft + i*wide + 3, Width: wide - 6, Height: height(h.Answered), Hour: begins.Hour(),
			MissedHeight: height(h.Missed), Answered: h.Answered, Missed: h.Missed,
			Now: !now.Before(begins) && now.Before(begins.Add(time.Hour)),
		}
		b.Y = base - b.Height
		b.MissedY = b.Y - b.MissedHeight
		p.Bars = append(p.Bars, b)
		if begins.Hour()%3 == 0 {
			p.Hours = append(p.Hours, tick{plotLeft + i*wide + wide/2, fmt.Sprintf("%d", begins.Hour())})
		}
	}
	for i := range 3 {
		n := top * i / 2
		p.Lines = append(p.Lines, line{base - height(n), plotLeft, plotWidth, strconv.Itoa(n)})
	}
	return p
}

// scale is the top of the plot's scale: an even round number, at least as large as the largest value.
func scale(most int) int {
	for step := 1; ; step *= 10 {
		for _, n := range []int{2, 4, 6, 10} {
			if n*step >= most {
				return n * step
			}
		}
	}
}
