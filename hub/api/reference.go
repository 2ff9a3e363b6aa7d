package api

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"maps"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

//go:embed reference.html reference.css
var files embed.FS

// group is the operations of a subject.
type group struct {
	Name       string
	Operations []described
}

// described is an operation on the page.
type described struct {
	ID, Method, Path, Summary, Role string
	Parameters                      []*huma.Param
	Body, Answer                    *huma.Schema
}

// reference returns the page that shows the OpenAPI document.
func reference(document *huma.OpenAPI, operations []operation) ([]byte, error) {
	var groups []group
	for _, op := range operations {
		i := slices.IndexFunc(groups, func(g group) bool { return g.Name == op.Tags[0] })
		if i < 0 {
			i, groups = len(groups), append(groups, group{Name: op.Tags[0]})
		}
		groups[i].Operations = append(groups[i].Operations, describe(document, op))
	}
	schemas := document.Components.Schemas.Map()
	t, err := template.New("reference.html").Funcs(template.FuncMap{
		"type": typeOf, "words": words, "path": func() string { return Path },
		"required": func(s *huma.Schema, name string) bool { return slices.Contains(s.Required, name) },
	}).ParseFS(files, "reference.html")
	if err != nil {
		return nil, fmt.Errorf("parse the template of the reference: %w", err)
	}
	var page bytes.Buffer
	err = t.Execute(&page, map[string]any{
		"Info": document.Info, "Groups": groups, "Schemas": schemas, "Names": slices.Sorted(maps.Keys(schemas)),
	})
	return page.Bytes(), err
}

// words sets what is between backquotes as code.
func words(text string) template.HTML {
	var page strings.Builder
	for i, part := range strings.Split(text, "`") {
		if part = template.HTMLEscapeString(part); i%2 == 1 {
			part = "<code>" + part + "</code>"
		}
		page.WriteString(part)
	}
	return template.HTML(page.String()) //nolint:gosec // escaped
}

func describe(document *huma.OpenAPI, op operation) described {
	d := described{
		ID: op.OperationID, Method: op.Method, Path: Path + op.Path, Summary: op.Summary, Role: string(op.role),
	}
	item := document.Paths[op.Path]
	of := map[string]*huma.Operation{
		"GET": item.Get, "PUT": item.Put, "POST": item.Post, "PATCH": item.Patch, "DELETE": item.Delete,
	}[op.Method]
	d.Parameters = of.Parameters
	if of.RequestBody != nil {
		for _, content := range of.RequestBody.Content {
			d.Body = content.Schema
		}
	}
	if ok := of.Responses["200"]; ok != nil {
		for _, content := range ok.Content {
			d.Answer = content.Schema
		}
	}
	return d
}

// typeOf links to a type of the document, or names it.
func typeOf(s *huma.Schema) template.HTML {
	escape := template.HTMLEscapeString
	switch {
	case s == nil:
		return ""
	case s.Ref != "":
		name := escape(s.Ref[strings.LastIndexByte(s.Ref, '/')+1:])
		return template.HTML(`<a href="#` + name + `">` + name + `</a>`) //nolint:gosec // escaped
	case s.Type == huma.TypeArray:
		return "list of " + typeOf(s.Items)
	}
	text := s.Type
	if additional, ok := s.AdditionalProperties.(*huma.Schema); ok {
		return "map of " + typeOf(additional)
	}
	if text == "" {
		text = "any"
	}
	if s.Format != "" {
		text = s.Format
	}
	if len(s.Enum) > 0 {
		text = strings.Trim(strings.ReplaceAll(fmt.Sprint(s.Enum), " ", " | "), "[]")
	}
	return template.HTML(escape(text)) //nolint:gosec // escaped
}
