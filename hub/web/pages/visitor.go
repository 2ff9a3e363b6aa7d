package pages

import (
	"context"
	"net/http"

	"traybell/hub/access"
	"traybell/hub/web/session"
)

// Visitor is who sends a request.
type Visitor struct {
	access.Principal
	Called  string           // the name on the page
	Session *session.Session // nil: a browser on the hub's computer, without a sign-in
}

type visitorKey struct{}

// Visit returns the request of a visitor.
func Visit(r *http.Request, v Visitor) *http.Request {
	return r.WithContext(context.WithValue(r.Context(), visitorKey{}, v))
}

// VisitorOf returns who sends an admitted request; zero on a public page without a session.
func VisitorOf(r *http.Request) Visitor {
	v, _ := r.Context().Value(visitorKey{}).(Visitor)
	return v
}

// Principal is the person for whom a request changes or reads the hub.
func Principal(r *http.Request) access.Principal { return VisitorOf(r).Principal }

// May are the roles of a visitor, for templates.
type May struct{ View, Supervise, Notes, Admin bool }

// MayOf returns the roles of who sends a request.
func MayOf(r *http.Request) May {
	v := VisitorOf(r)
	return May{v.May(access.View), v.May(access.Supervise), v.May(access.Notes), v.May(access.Admin)}
}
