package offlinellm
import ("testing";"strings";"fmt";"time")
func bigWorld(n int) *world { w:=&world{now:noon}; for i:=range n { s:=fmt.Sprintf("Review item number %d of the backlog",i); w.items=append(w.items,item{kind:task,id:fmt.Sprint("t",i),title:s,words:plainWords(s)})}; return w}
func TestBig(t *testing.T){
 for _,c:=range []struct{n int;m string}{{0,"hello"},{500,"mark Review item number 7 of the backlog as done and add a task to buy milk tomorrow"},{10,strings.Repeat("lorem ipsum dolor ",100)},{10,strings.Repeat("add a task to call Bob and ",40)},{10,strings.Repeat("add a task to call Bob and ",160)},{50,"note: "+strings.Repeat("lorem ipsum, dolor and sit ",300)}} {
  s:=time.Now(); parse(c.m,bigWorld(c.n)); t.Log(c.n,len(c.m),time.Since(s)) }
}
