package statute
import ("testing";"fmt";"sort";"strings")
func TestTmp(t *testing.T){
 tx:=texts(t); var fs []string; for f:=range tx{fs=append(fs,f)}; sort.Strings(fs)
 iss:=map[string]int{}; maxPara:=0
 for _,f:=range fs{ l,_:=Parse(f,tx[f]); iss[l.Issuer]++
  for _,a:=range l.Articles{ if a.Number==0&&a.Sub>0 {fmt.Println("ANNEX",f,a.Label,len(a.Paragraphs))}
   if n:=len([]rune(a.String()));n>8000{fmt.Println("LONG",f,a.Label,n)}
   if len(a.Paragraphs)>maxPara{maxPara=len(a.Paragraphs)}
   for _,p:=range a.Paragraphs{ for i,x:=range p.Points{ if x.N!=i+1 && a.Number>0 {fmt.Println("POINT",f,a.Label,i+1,x.N);break}}}
  }
  if !strings.HasPrefix(l.Articles[len(l.Articles)-1].Label,"第")&&len(l.Articles)<40&&l.Articles[len(l.Articles)-1].Sub==0 {var s []string; for _,a:=range l.Articles{s=append(s,fmt.Sprint(a.Label,len(a.Paragraphs)))}; fmt.Println("SEC",f,s)}
  if strings.Contains(f,"飞行基本"){ for _,a:=range l.Articles[:12]{fmt.Println(a.Label,len(a.Paragraphs),a.Chapter)}; fmt.Printf("%q\n",l.Articles[28]); fmt.Println(len(l.Articles))}
 }
 fmt.Println(iss,maxPara)
}
