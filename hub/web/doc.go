// Package web serves the hub's port: the pages for administrators and agents, metrics, a health
// check and the route to ACP. routes.go lists all routes and who may use them. The pages work
// without JavaScript; one small script of the hub reads a page again when something on it has
// changed. They load nothing from other servers, and everything that a caller can influence is
// escaped.
//
// Package pages renders them. Each subject of pages is a type in a package below internal that has
// only the commands it uses; package entrance there decides who may see a page. Package session has
// who is signed in, package live the streams of open pages.
//
// Any goroutine may call the package.
package web
