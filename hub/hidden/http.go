package hidden

import (
	"bytes"
	"io"
	"mime"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"traybell/hub/access"
	"traybell/shared/protocol"
)

// From reports whether numbers are hidden from a principal: from agents without a role, and from the
// pages of calls.
func From(p access.Principal) bool { return !p.May(access.View) }

// Request returns a request with what the aliases in it stand for. body is all of its body.
func (b *Book) Request(r *http.Request, body []byte) (*http.Request, []byte) {
	next := *r.URL
	next.RawQuery = b.resolveForm(next.RawQuery)
	segments := strings.Split(next.Path, "/")
	for i := range segments {
		segments[i] = b.resolve(segments[i])
	}
	if path := strings.Join(segments, "/"); path != next.Path {
		next.Path, next.RawPath = path, ""
	}
	r = r.Clone(r.Context())
	r.URL = &next
	switch kind := kindOf(r); {
	case kind == form:
		body = []byte(b.resolveForm(string(body)))
	case kind == "" || strings.HasSuffix(kind, "json"):
		body = b.resolveJSON(body)
	}
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	return r, body
}

// form is the content type of forms without files.
const form = "application/x-www-form-urlencoded"

// kindOf returns the content type of a request's body; empty: it has none.
func kindOf(r *http.Request) string {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil {
		return ""
	}
	return kind
}

// resolveForm returns the values of a form or query with what those that are aliases stand for.
func (b *Book) resolveForm(text string) string {
	if !strings.Contains(text, protocol.Alias) {
		return text
	}
	pairs := strings.Split(text, "&")
	for i, pair := range pairs {
		if name, alias, ok := strings.Cut(pair, "="); ok {
			if of := b.resolve(alias); of != alias {
				pairs[i] = name + "=" + url.QueryEscape(of)
			}
		}
	}
	return strings.Join(pairs, "&")
}

// Pages serves pages without hidden numbers to those whom from reports.
func (b *Book) Pages(next http.Handler, from func(*http.Request) bool) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !b.on() || !from(r) {
			next.ServeHTTP(w, r)
			return
		}
		var body []byte
		if r.Body != nil && kindOf(r) == form { // files have no aliases
			var err error
			if body, err = io.ReadAll(r.Body); err != nil {
				http.Error(w, "The form cannot be read, or is too long.", http.StatusBadRequest)
				return
			}
		}
		hiding := b.Writer(w)
		defer hiding.Close()
		resolved, _ := b.Request(r, body)
		if body == nil {
			resolved.Body, resolved.ContentLength = r.Body, r.ContentLength
		}
		next.ServeHTTP(hiding, resolved)
	})
}

// Writer is a ResponseWriter of answers without hidden numbers. Recordings and streams pass.
type Writer struct {
	http.ResponseWriter
	book *Book
	kind string // of the content; empty: it has not begun
	held []byte // what is not written yet
}

// Writer returns a writer, which must be closed.
func (b *Book) Writer(w http.ResponseWriter) *Writer { return &Writer{ResponseWriter: w, book: b} }

// Unwrap is for http.ResponseController.
func (w *Writer) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// WriteHeader implements http.ResponseWriter.
func (w *Writer) WriteHeader(status int) {
	h := w.Header()
	w.kind, _, _ = mime.ParseMediaType(h.Get("Content-Type"))
	if w.hides() {
		h.Del("Content-Length")
		h.Del("ETag")
	}
	for _, name := range []string{"Content-Disposition", "Location"} {
		if text := h.Get(name); text != "" {
			h.Set(name, w.book.Text(text))
		}
	}
	w.ResponseWriter.WriteHeader(status)
}

// hides reports whether the content is text.
func (w *Writer) hides() bool {
	return strings.HasPrefix(w.kind, "text/") && w.kind != "text/event-stream" || strings.HasSuffix(w.kind, "json")
}

// Write implements http.ResponseWriter.
func (w *Writer) Write(p []byte) (int, error) {
	if w.kind == "" {
		if w.Header().Get("Content-Type") == "" {
			w.Header().Set("Content-Type", http.DetectContentType(p))
		}
		w.WriteHeader(http.StatusOK)
	}
	if !w.hides() {
		return w.ResponseWriter.Write(p)
	}
	w.held = append(w.held, p...)
	if w.kind != "text/csv" {
		return len(p), nil
	}
	end := bytes.LastIndexByte(w.held, '\n') + 1 // no number has a line feed
	_, err := io.WriteString(w.ResponseWriter, w.book.Text(string(w.held[:end])))
	w.held = append(w.held[:0], w.held[end:]...)
	return len(p), err
}

// Close writes what was held back.
func (w *Writer) Close() {
	if len(w.held) == 0 {
		return
	}
	var seen []byte
	switch {
	case strings.HasSuffix(w.kind, "json"):
		seen = w.book.JSON(w.held)
	case w.kind == "text/html":
		seen = []byte(w.book.html(string(w.held)))
	default:
		seen = []byte(w.book.Text(string(w.held)))
	}
	_, _ = w.ResponseWriter.Write(seen)
}

// value is the value of a form that is a number. Templates write + as &#43;.
var value = regexp.MustCompile(`\bvalue="(?:&#43;|\+)?[0-9]+"`)

// html returns a page as agents see it. Forms name numbers by aliases.
func (b *Book) html(page string) string {
	page = value.ReplaceAllStringFunc(page, func(attribute string) string {
		of := strings.NewReplacer("value=", "", `"`, "", "&#43;", "+").Replace(attribute)
		if key, hidden := b.number(of); hidden {
			return `value="` + b.alias(key) + `"`
		}
		return attribute
	})
	return strings.ReplaceAll(b.Text(page), "&#43;"+protocol.HiddenNumber, protocol.HiddenNumber)
}
