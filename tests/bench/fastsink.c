// fastsink: single-thread epoll SMTP sink. PIPELINING + CHUNKING. Says "ready" when it listens; on
// SIGTERM or SIGINT prints what it counted, and when the first connection came (CLOCK_MONOTONIC).
// usage: fastsink port      -- build: cc -O2 -o fastsink fastsink.c
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>
#include <signal.h>
#include <errno.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <arpa/inet.h>
#include <fcntl.h>
#include <time.h>
#define RB (256*1024)
enum {CMD,DATA,BDAT};
struct conn{int fd;int st;int n;char line[2048];int tm;long left;int last;char out[8192];int on;};
static long msgs,bytes,sess;static volatile sig_atomic_t stop;
static void h(int s){(void)s;stop=1;}
static double first;
static double now(void){struct timespec t;clock_gettime(CLOCK_MONOTONIC,&t);return t.tv_sec+t.tv_nsec/1e9;}
static char buf[RB];
static void say(struct conn*c,const char*s){int l=strlen(s);if(c->on+l>(int)sizeof c->out){int r=write(c->fd,c->out,c->on);(void)r;c->on=0;}memcpy(c->out+c->on,s,l);c->on+=l;}
static void flush(struct conn*c){if(c->on){int r=write(c->fd,c->out,c->on);(void)r;c->on=0;}}
static int command(struct conn*c){
  char*l=c->line;
  if(!strncasecmp(l,"EHLO",4)){say(c,"250-fastsink\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-ENHANCEDSTATUSCODES\r\n250 CHUNKING\r\n");}
  else if(!strncasecmp(l,"HELO",4))say(c,"250 fastsink\r\n");
  else if(!strncasecmp(l,"MAIL",4))say(c,"250 2.1.0 Ok\r\n");
  else if(!strncasecmp(l,"RCPT",4))say(c,"250 2.1.5 Ok\r\n");
  else if(!strncasecmp(l,"DATA",4)){say(c,"354 End data with <CR><LF>.<CR><LF>\r\n");c->st=DATA;c->tm=2;/* as if \r\n just seen */}
  else if(!strncasecmp(l,"BDAT",4)){c->left=strtol(l+4,&l,10);c->last=strcasestr(l,"LAST")!=0;c->st=BDAT;}
  else if(!strncasecmp(l,"RSET",4)||!strncasecmp(l,"NOOP",4))say(c,"250 2.0.0 Ok\r\n");
  else if(!strncasecmp(l,"QUIT",4)){say(c,"221 2.0.0 Bye\r\n");flush(c);return -1;}
  else say(c,"500 5.5.1 what?\r\n");
  return 0;}
// terminator \r\n.\r\n: tm = number of matched chars (0..5)
static int feed(struct conn*c,char*p,int n){
  char*e=p+n;
  while(p<e){
    if(c->st==CMD){
      char*q=memchr(p,'\n',e-p);int k=(q?q+1:e)-p;
      if(c->n+k>=(int)sizeof c->line)return -1;
      memcpy(c->line+c->n,p,k);c->n+=k;p+=k;
      if(q){c->line[c->n]=0;c->n=0;if(command(c)<0)return -1;
        if(c->st==BDAT&&c->left==0){c->st=CMD;say(c,"250 2.0.0 Ok\r\n");if(c->last)msgs++;}}
    }else if(c->st==BDAT){
      long k=e-p;if(k>c->left)k=c->left;p+=k;c->left-=k;
      if(!c->left){c->st=CMD;if(c->last)msgs++;say(c,"250 2.0.0 Ok queued\r\n");}
    }else{
      static const char T[]="\r\n.\r\n";
      while(p<e&&c->tm>0&&c->tm<5){ // continue a partial match over the buffer edge
        if(*p==T[c->tm]){c->tm++;p++;}
        else{ c->tm=(*p=='\r')?1:0; p++; break;} }
      if(c->tm==5){c->tm=0;c->st=CMD;msgs++;say(c,"250 2.0.0 Ok: queued as FAST\r\n");continue;}
      if(c->tm>0||p>=e)continue;
      char*q=memmem(p,e-p,T,5);
      if(q){p=q+5;c->st=CMD;msgs++;say(c,"250 2.0.0 Ok: queued as FAST\r\n");continue;}
      int k;for(k=4;k>0;k--)if(e-p>=k&&!memcmp(e-k,T,k))break;
      c->tm=k;p=e;
    }
  }
  return 0;}
int main(int ac,char**av){
  int port=atoi(av[1]);signal(SIGTERM,h);signal(SIGINT,h);signal(SIGPIPE,SIG_IGN);
  int ls=socket(AF_INET,SOCK_STREAM|SOCK_NONBLOCK,0),one=1;setsockopt(ls,SOL_SOCKET,SO_REUSEADDR,&one,4);setsockopt(ls,SOL_SOCKET,SO_REUSEPORT,&one,4);
  struct sockaddr_in a={.sin_family=AF_INET,.sin_port=htons(port)};a.sin_addr.s_addr=htonl(INADDR_LOOPBACK);
  if(bind(ls,(void*)&a,sizeof a)||listen(ls,1024)){perror("bind");return 1;}
  int ep=epoll_create1(0);struct epoll_event ev={.events=EPOLLIN,.data.ptr=0};epoll_ctl(ep,EPOLL_CTL_ADD,ls,&ev);
  struct epoll_event es[64];
  puts("ready");fflush(stdout);
  while(!stop){
    int n=epoll_wait(ep,es,64,-1);
    for(int i=0;i<n;i++){
      struct conn*c=es[i].data.ptr;
      if(!c){int fd;while((fd=accept4(ls,0,0,SOCK_NONBLOCK))>=0){setsockopt(fd,IPPROTO_TCP,TCP_NODELAY,&one,4);c=calloc(1,sizeof*c);c->fd=fd;if(!sess++)first=now();ev.data.ptr=c;ev.events=EPOLLIN;epoll_ctl(ep,EPOLL_CTL_ADD,fd,&ev);say(c,"220 fastsink ESMTP\r\n");flush(c);}continue;}
      int r=read(c->fd,buf,RB);
      if(r<0&&errno==EAGAIN)continue;
      if(r<=0||(bytes+=r,feed(c,buf,r)<0)){close(c->fd);free(c);continue;}
      flush(c);
    }}
  printf("sess=%ld mesg=%ld bytes=%ld first=%.6f\n",sess,msgs,bytes,first);return 0;}
