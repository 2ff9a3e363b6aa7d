package download

import (
	"bytes"
	"html/template"
	"net/http"
	"strings"
	"sync"

	"traybell/docs"
	"traybell/hub/web/pages"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	table "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// guide is the agent guide in HTML, which does not change while the hub runs.
var guide = sync.OnceValues(func() (template.HTML, error) {
	md := goldmark.New(goldmark.WithExtensions(extension.Table),
		goldmark.WithParserOptions(parser.WithAutoHeadingID(),
			parser.WithASTTransformers(util.Prioritized(textOnly{}, 100))))
	var out bytes.Buffer
	err := md.Convert(docs.AgentGuide, &out)
	return template.HTML(out.String()), err //nolint:gosec // the guide is part of the program
})

// textOnly removes pictures, and links to documents that the hub does not have. What a picture in a
// table is called stays.
type textOnly struct{}

// Transform implements parser.ASTTransformer.
func (textOnly) Transform(document *ast.Document, _ text.Reader, _ parser.Context) {
	var pictures, named []ast.Node
	_ = ast.Walk(document, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		switch n := n.(type) {
		case *ast.Image:
			_, inTable := n.Parent().(*table.TableCell)
			switch {
			case entering && inTable:
				named = append(named, n)
			case entering:
				pictures = append(pictures, n)
			}
		case *ast.Link:
			if entering && !strings.HasPrefix(string(n.Destination), "#") {
				named = append(named, n)
			}
		}
		return ast.WalkContinue, nil
	})
	for _, n := range pictures {
		n.Parent().RemoveChild(n.Parent(), n)
	}
	for _, n := range named {
		for n.HasChildren() {
			n.Parent().InsertBefore(n.Parent(), n, n.FirstChild())
		}
		n.Parent().RemoveChild(n.Parent(), n)
	}
}

// Guide shows the agent guide.
func (p *Pages) Guide(w http.ResponseWriter, r *http.Request) {
	html, err := guide()
	if err != nil {
		p.Fail(w, r, err)
		return
	}
	p.Show(w, r, http.StatusOK, pages.View{Name: "guide.html", Title: "get.guide", Data: html})
}
