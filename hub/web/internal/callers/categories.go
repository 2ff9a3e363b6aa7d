// Package callers has the pages of what is known about callers: categories and blocked numbers.
package callers

import (
	"net/http"

	"traybell/hub/admin"
	"traybell/hub/web/pages"
	"traybell/shared/protocol"
)

// Categories is the page of categories.
type Categories struct {
	*pages.Renderer
	Callers *admin.Callers
}

// categoriesPage is what categories.html shows.
type categoriesPage struct {
	May    pages.May
	Color  string // of the filter
	Text   string
	List   []admin.Category
	Form   categoryForm
	Colors []protocol.Color
	Error  string // of the form
	Failed string // of the list
	pages.Turn
}

type categoryForm struct {
	Number, Color, Comment string
	Edit                   bool // the number has a category
}

var colors = []protocol.Color{protocol.Neutral, protocol.Green, protocol.Yellow, protocol.Red}

// List shows the categories of numbers.
func (p *Categories) List(w http.ResponseWriter, r *http.Request) {
	form := categoryForm{Number: pages.Query(r, "number"), Color: string(protocol.Green)}
	if form.Number != "" { // to be edited
		if history, err := p.Callers.CategoryHistory(r.Context(), pages.Principal(r), form.Number); err == nil {
			form = categoryForm{history[0].Number, string(history[0].Color), history[0].Comment, true}
		}
	}
	p.show(w, r, form, nil)
}

func (p *Categories) show(w http.ResponseWriter, r *http.Request, form categoryForm, failed error) {
	page := categoriesPage{
		May: pages.MayOf(r), Color: pages.Query(r, "color"), Text: pages.Query(r, "text"), Form: form, Colors: colors,
	}
	status := http.StatusOK
	if failed != nil {
		status, page.Error = p.Explain(r, failed)
	}
	found, err := p.Callers.Categories(r.Context(), pages.Principal(r), admin.CategoryFilter{
		Color: protocol.Color(page.Color), Text: page.Text,
	}, pages.PageOf(r))
	if err != nil {
		status, page.Failed = p.Explain(r, err)
	}
	page.List, page.Turn = found.Items, pages.TurnOf(r, found.Next)
	p.Show(w, r, status, pages.View{Name: "categories.html", Title: "categories.title", Data: page})
}

// Set gives a number a category.
func (p *Categories) Set(w http.ResponseWriter, r *http.Request) {
	form := categoryForm{
		pages.Typed(r, "number"),
		r.PostFormValue("color"),
		pages.Typed(r, "comment"),
		r.PostFormValue("edit") != "",
	}
	err := p.Callers.SetCategory(r.Context(), pages.Principal(r), form.Number, protocol.Color(form.Color),
		form.Comment)
	if err != nil {
		p.show(w, r, form, err)
		return
	}
	pages.Back(w, r, "/categories", "category")
}

// Remove takes the category of a number away.
func (p *Categories) Remove(w http.ResponseWriter, r *http.Request) {
	err := p.Callers.RemoveCategory(r.Context(), pages.Principal(r), pages.Typed(r, "number"))
	p.Finish(w, r, err, "/categories", "uncategory")
}
