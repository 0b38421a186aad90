/**
 * What people who must choose a password reach for first. A password that is nothing but one of these with digits and
 * signs around it, or one of these again and again, is refused.
 */
export const commonWords: ReadonlySet<string> = new Set(
  `
  password passwort passwd passcode passphrase parola contrasena motdepasse wachtwoord haslo senha salasana lozinka
  mypassword thepassword newpassword oldpassword yourpassword secretpassword masterpassword userpassword nopassword
  passwordpassword changeme changeit changethis changemenow default secret topsecret supersecret mysecret letmein
  letmeinnow letmeinplease opensesame welcome welcomehome welcomeback willkommen bienvenue hello hellothere helloworld
  hallo guest visitor nobody anonymous admin administrator superadmin sysadmin root superuser operator manager owner
  user username login logmein signin account access private security secure system service support master server
  internet internetstability internetstabilitytracker stability tracker network netzwerk router modem gateway firewall
  wireless wifi wlan homewifi mywifi freewifi guestwifi internetathome broadband fiber fibre provider connection
  raspberry raspberrypi raspbian debian ubuntu linux windows android iphone samsung google facebook microsoft apple
  amazon netflix youtube twitter instagram whatsapp minecraft fortnite pokemon playstation nintendo computer laptop
  keyboard monitor desktop homeserver homeassistant smarthome household familyhome sweethome home homehome myhome
  family familie mother father brother sister daughter children baby grandma grandpa friend bestfriend forever
  iloveyou iloveyouso iloveyouforever loveyou lovely lover sweetheart darling princess prince king queen angel
  sunshine rainbow butterfly flower summer winter spring autumn january february march april june july august
  september october november december monday tuesday wednesday thursday friday saturday sunday weekend holiday
  football baseball basketball hockey soccer liverpool arsenal chelsea barcelona realmadrid manchester bayern ferrari
  porsche mercedes corvette mustang harley yamaha superman batman spiderman starwars startrek pikachu dragon monkey
  tiger eagle falcon phoenix shadow hunter ranger wizard warrior ninja samurai pirate captain freedom whatever trustno
  trustme trustnoone correcthorse correcthorsebatterystaple batterystaple horsebatterystaple nothing something
  asdf asdfgh asdfghjkl qwer qwert qwerty qwertz qwertyuiop qwertzuiop qazwsx qazwsxedc azerty zxcvbn zxcvbnm yxcvbnm
  abc abcd abcdef abcxyz test testing tester testtest demo example sample temp temporary trial
  `
    .trim()
    .split(/\s+/),
);
