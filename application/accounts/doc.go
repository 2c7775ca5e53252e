// Package accounts is who you are: register, log in and stay so, change the password, see and end sessions, leave with
// your data.
//
// Each use case is a struct of ports in a file of its name. Three collaborators are shared: Passwords checks a password
// under the back-off, Opener opens a session and makes its tokens, Removal takes a user's data away step by step. It
// imports domain and ports. Start at Login.
package accounts
